using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace OrganSeg.Ingest;

/// <summary>Traces and metrics of the service. Nothing here names a file, a case or a pixel.</summary>
internal sealed class IngestTelemetry : IDisposable
{
    public const string Name = "OrganSeg.Ingest";

    private readonly TimeProvider _time;
    private readonly ActivitySource _source = new(Name);
    private readonly Meter _meter = new(Name);
    private readonly Counter<long> _slices;
    private readonly Counter<long> _bytes;
    private readonly Histogram<double> _duration;

    public IngestTelemetry(TimeProvider time)
    {
        _time = time;
        _slices = _meter.CreateCounter<long>("organseg.ingest.slices", "{slice}", "Slices sealed into datasets.");
        _bytes = _meter.CreateCounter<long>("organseg.ingest.bytes", "By", "Bytes of files received.");
        _duration = _meter.CreateHistogram<double>("organseg.ingest.duration", "s", "Duration of imports.");
    }

    /// <summary>Starts the span of one stage of an import: <c>receive</c>, <c>normalise</c> or <c>seal</c>.</summary>
    public Activity? StartStage(string stage) => _source.StartActivity($"ingest.{stage}");

    public void Received(long bytes) => _bytes.Add(bytes);

    /// <summary>The moment an import starts, for <see cref="Ended"/>.</summary>
    public long Started() => _time.GetTimestamp();

    /// <param name="started">What <see cref="Started"/> gave.</param>
    /// <param name="slices">Slices sealed; 0 when nothing was.</param>
    /// <param name="outcome">sealed, cancelled, failed, or the kind of error.</param>
    public void Ended(long started, long slices, string outcome)
    {
        _slices.Add(slices);
        _duration.Record(_time.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));
    }

    public void Dispose()
    {
        _source.Dispose();
        _meter.Dispose();
    }
}
