using System.Globalization;
using OrganSeg.EndToEnd.Tests.Otlp;

namespace OrganSeg.EndToEnd.Tests;

/// <summary>One finished span as an exporter sent it. Ids are lower-case hexadecimal; a root has an empty parent.</summary>
internal sealed record RecordedSpan(
    string Service, string Source, string Name, string TraceId, string SpanId, string ParentId, bool Failed, string Text)
{
    private const int Error = 2;
    private const int Server = 2;
    private const int Client = 3;
    private const int NanosecondsPerTick = 100;

    public bool IsServer { get; private init; }

    public bool IsClient { get; private init; }

    public bool IsRoot => ParentId.Length == 0;

    /// <summary>When it began, as time since the epoch of Unix.</summary>
    public TimeSpan Start { get; private init; }

    public TimeSpan Duration { get; private init; }

    public TimeSpan End => Start + Duration;

    /// <summary>What a failed span says.</summary>
    public string StatusText { get; private init; } = "";

    public IReadOnlyDictionary<string, string> Tags { get; private init; } = new Dictionary<string, string>();

    /// <summary>Ids of the spans that it names beside its parent.</summary>
    public IReadOnlyList<string> Links { get; private init; } = [];

    public static RecordedSpan Of(string service, string source, Span span)
    {
        var start = Time(span.StartTimeUnixNano);
        return new(
            service,
            source,
            span.Name,
            Convert.ToHexStringLower(span.TraceId.Span),
            Convert.ToHexStringLower(span.SpanId.Span),
            Convert.ToHexStringLower(span.ParentSpanId.Span),
            span.Status?.Code == Error,
            span.ToString())
        {
            IsServer = span.Kind == Server,
            IsClient = span.Kind == Client,
            Start = start,
            Duration = Time(span.EndTimeUnixNano) - start,
            StatusText = span.Status?.Message ?? "",
            Tags = span.Attributes.ToDictionary(tag => tag.Key, tag => TextOf(tag.Value), StringComparer.Ordinal),
            Links = [.. span.Links.Select(link => Convert.ToHexStringLower(link.SpanId.Span))],
        };
    }

    private static TimeSpan Time(ulong nanoseconds) => TimeSpan.FromTicks((long)(nanoseconds / NanosecondsPerTick));

    private static string TextOf(AnyValue value) => value.ValueCase switch
    {
        AnyValue.ValueOneofCase.BoolValue => value.BoolValue ? "true" : "false",
        AnyValue.ValueOneofCase.IntValue => value.IntValue.ToString(CultureInfo.InvariantCulture),
        AnyValue.ValueOneofCase.DoubleValue => value.DoubleValue.ToString("G4", CultureInfo.InvariantCulture),
        AnyValue.ValueOneofCase.ArrayValue => string.Join(',', value.ArrayValue.Values.Select(TextOf)),
        _ => value.StringValue,
    };
}
