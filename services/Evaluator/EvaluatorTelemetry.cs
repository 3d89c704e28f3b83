using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace OrganSeg.Evaluator;

/// <summary>The one owner of the service's spans and instruments.</summary>
internal sealed class EvaluatorTelemetry : IDisposable
{
    public const string Name = "OrganSeg.Evaluator";

    /// <summary>Outcome of an evaluation that has a report.</summary>
    public const string Ok = "ok";

    // From a few label maps to whole volumes with surface distances.
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600],
    };

    private readonly TimeProvider _time;
    private readonly ActivitySource _source = new(Name);
    private readonly Meter _meter;
    private readonly Counter<long> _slices;
    private readonly Counter<long> _reports;
    private readonly Histogram<double> _duration;
    private int _active;

    public EvaluatorTelemetry(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        _meter = meters.Create(Name);
        _slices = _meter.CreateCounter<long>("organseg.evaluator.slices", "{slice}", "Slices scored.");
        _reports = _meter.CreateCounter<long>("organseg.evaluator.reports", "{report}", "Reports stored.");
        _meter.CreateObservableGauge("organseg.evaluator.active", () => Volatile.Read(ref _active), "{evaluation}", "Evaluations under way.");
        _duration = _meter.CreateHistogram("organseg.evaluator.duration", "s", "Duration of evaluations.", tags: null, Seconds);
    }

    /// <summary>The moment an evaluation starts, for <see cref="Ended"/>.</summary>
    public long Started()
    {
        Interlocked.Increment(ref _active);
        return _time.GetTimestamp();
    }

    /// <param name="started">What <see cref="Started"/> gave.</param>
    /// <param name="kind">split: models on a side of a dataset; pairs: label maps that were given.</param>
    /// <param name="outcome"><see cref="Ok"/>, or what it ended with: Cancelled, Internal or the kind of error.</param>
    public void Ended(long started, string kind, string outcome)
    {
        Interlocked.Decrement(ref _active);
        _duration.Record(
            _time.GetElapsedTime(started).TotalSeconds, new("organseg.evaluation", kind), new("organseg.outcome", outcome));
    }

    /// <summary>A whole evaluation.</summary>
    /// <param name="kind">As in <see cref="Ended"/>.</param>
    public Activity? StartRun(string kind)
    {
        var activity = _source.StartActivity("evaluate.run");
        activity?.SetTag("organseg.evaluation", kind);
        return activity;
    }

    /// <summary>Prediction and counting of one model.</summary>
    public Activity? StartModel(string model, string version)
    {
        var activity = _source.StartActivity("evaluate.model");
        activity?.SetTag("organseg.model", model);
        activity?.SetTag("organseg.model.version", version);
        return activity;
    }

    /// <summary>The same model on perturbed slices.</summary>
    public Activity? StartRobustness(string model)
    {
        var activity = _source.StartActivity("evaluate.robustness");
        activity?.SetTag("organseg.model", model);
        return activity;
    }

    /// <summary>The search for evaluated slices that are on another side too.</summary>
    public Activity? StartNearDuplicates() => _source.StartActivity("evaluate.near-duplicates");

    /// <summary>Aggregation of the counts.</summary>
    public Activity? StartScore() => _source.StartActivity("evaluate.score");

    /// <summary>Figures, HTML, JSON, and their way into the store.</summary>
    public Activity? StartReport() => _source.StartActivity("report.write");

    public void CountSlices(int slices) => _slices.Add(slices);

    public void CountReport() => _reports.Add(1);

    public void Dispose()
    {
        _source.Dispose();
        _meter.Dispose();
    }
}
