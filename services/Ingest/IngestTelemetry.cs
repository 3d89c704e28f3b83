using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace OrganSeg.Ingest;

/// <summary>Traces and metrics of the service. Nothing here names a file, a case or a pixel.</summary>
internal sealed class IngestTelemetry : IDisposable
{
    public const string Name = "OrganSeg.Ingest";

    // From a folder of PNGs to an archive of whole volumes.
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600],
    };

    private readonly TimeProvider _time;
    private readonly ActivitySource _source = new(Name);
    private readonly Meter _meter = new(Name);
    private readonly Counter<long> _slices;
    private readonly Counter<long> _files;
    private readonly Counter<long> _bytes;
    private readonly Histogram<double> _duration;
    private int _active;

    public IngestTelemetry(TimeProvider time)
    {
        _time = time;
        _slices = _meter.CreateCounter<long>("organseg.ingest.slices", "{slice}", "Slices sealed into datasets.");
        _files = _meter.CreateCounter<long>("organseg.ingest.files", "{file}", "Files received.");
        _bytes = _meter.CreateCounter<long>("organseg.ingest.bytes", "By", "Bytes of files received.");
        _meter.CreateObservableGauge("organseg.ingest.active", () => Volatile.Read(ref _active), "{import}", "Imports under way.");
        _duration = _meter.CreateHistogram("organseg.ingest.duration", "s", "Duration of imports.", tags: null, Seconds);
    }

    /// <summary>Starts the span of one stage of an import: <c>receive</c>, <c>normalise</c> or <c>seal</c>.</summary>
    public Activity? StartStage(string stage) => _source.StartActivity($"ingest.{stage}");

    /// <summary>A file came in.</summary>
    public void Received(long bytes)
    {
        _files.Add(1);
        _bytes.Add(bytes);
    }

    /// <summary>The moment an import starts, for <see cref="Ended"/>.</summary>
    public long Started()
    {
        Interlocked.Increment(ref _active);
        return _time.GetTimestamp();
    }

    /// <param name="started">What <see cref="Started"/> gave.</param>
    /// <param name="slices">Slices sealed; 0 when nothing was.</param>
    /// <param name="outcome">sealed, cancelled, failed, or the kind of error.</param>
    public void Ended(long started, long slices, string outcome)
    {
        Interlocked.Decrement(ref _active);
        _slices.Add(slices);
        _duration.Record(_time.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));
    }

    public void Dispose()
    {
        _source.Dispose();
        _meter.Dispose();
    }
}
