using OrganSeg.EndToEnd.Tests.Otlp;

namespace OrganSeg.EndToEnd.Tests;

/// <summary>One log record as an exporter sent it. Ids are lower-case hexadecimal, and empty outside of any span.</summary>
internal sealed record RecordedLog(string Service, string Category, string TraceId, string SpanId, string Text)
{
    public static RecordedLog Of(string service, string category, LogRecord record) => new(
        service,
        category,
        Convert.ToHexStringLower(record.TraceId.Span),
        Convert.ToHexStringLower(record.SpanId.Span),
        record.ToString());
}
