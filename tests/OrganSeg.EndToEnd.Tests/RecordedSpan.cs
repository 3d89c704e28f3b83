using OrganSeg.EndToEnd.Tests.Otlp;

namespace OrganSeg.EndToEnd.Tests;

/// <summary>One finished span as an exporter sent it. Ids are lower-case hexadecimal; a root has an empty parent.</summary>
internal sealed record RecordedSpan(
    string Service, string Source, string Name, string TraceId, string SpanId, string ParentId, bool Failed, string Text)
{
    public static RecordedSpan Of(string service, string source, Span span) => new(
        service,
        source,
        span.Name,
        Convert.ToHexStringLower(span.TraceId.Span),
        Convert.ToHexStringLower(span.SpanId.Span),
        Convert.ToHexStringLower(span.ParentSpanId.Span),
        span.Status?.Code == 2,
        span.ToString());
}
