using System.Diagnostics;
using System.Diagnostics.Metrics;
using OrganSeg.Storage;

namespace OrganSeg.Inference;

/// <summary>The one owner of the service's spans and instruments.</summary>
internal sealed class InferenceTelemetry : IDisposable
{
    public const string Name = "OrganSeg.Inference";

    private readonly ActivitySource _source = new(Name);
    private readonly Meter _meter;
    private readonly Counter<long> _requests;
    private readonly Histogram<double> _queueTime;
    private readonly Histogram<double> _runTime;
    private readonly Histogram<int> _batchSize;
    private readonly Counter<long> _loads;
    private readonly Counter<long> _canaryFailures;
    private readonly Counter<long> _shadows;
    private readonly Histogram<double> _agreement;

    public InferenceTelemetry(IMeterFactory meters)
    {
        _meter = meters.Create(Name);
        _requests = _meter.CreateCounter<long>("organseg.inference.requests", "{slice}", "Slices answered or refused.");
        _queueTime = _meter.CreateHistogram<double>("organseg.inference.queue.duration", "s", "Time a slice waited.");
        _runTime = _meter.CreateHistogram<double>("organseg.inference.run.duration", "s", "Time of one run of a model.");
        _batchSize = _meter.CreateHistogram<int>("organseg.inference.batch.size", "{slice}", "Slices run together.");
        _loads = _meter.CreateCounter<long>("organseg.inference.loads", "{load}", "Models loaded, or failed to load.");
        _canaryFailures = _meter.CreateCounter<long>(
            "organseg.inference.canary.failures", "{request}", "Requests that a canary could not answer and the alias's own version did.");
        _shadows = _meter.CreateCounter<long>(
            "organseg.inference.shadows", "{slice}", "Slices offered to shadows: compared, dropped, or why they could not be.");
        _agreement = _meter.CreateHistogram(
            "organseg.inference.agreement",
            "1",
            "Dice coefficient of an organ between what was answered and what the shadow says.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 0.999] });
    }

    public Activity? StartLoad(ModelDocument model) => Tag(_source.StartActivity("inference.load"), model);

    public Activity? StartVolume(ModelDocument model, int slices)
    {
        var activity = Tag(_source.StartActivity("inference.volume"), model);
        activity?.SetTag("organseg.slices", slices);
        return activity;
    }

    /// <summary>A wait that is over, in the trace of the slice that waited.</summary>
    public void RecordQueue(ModelDocument model, ActivityContext parent, DateTimeOffset from, TimeSpan waited)
    {
        _queueTime.Record(waited.TotalSeconds, TagsOf(model));
        using var activity = Tag(
            _source.StartActivity("inference.queue", ActivityKind.Internal, parent, startTime: from), model);
        activity?.SetEndTime((from + waited).UtcDateTime);
    }

    /// <summary>One run, shown in the trace of every call that had a slice in it.</summary>
    public void RecordRun(
        ModelDocument model, IEnumerable<ActivityContext> parents, DateTimeOffset from, TimeSpan took, int batch, bool failed)
    {
        _runTime.Record(took.TotalSeconds, TagsOf(model));
        _batchSize.Record(batch, TagsOf(model));
        foreach (var parent in parents)
        {
            using var activity = Tag(
                _source.StartActivity("inference.run", ActivityKind.Internal, parent, startTime: from), model);
            activity?.SetTag("organseg.batch.size", batch);
            activity?.SetStatus(failed ? ActivityStatusCode.Error : ActivityStatusCode.Unset);
            activity?.SetEndTime((from + took).UtcDateTime);
        }
    }

    /// <summary>Counts an answer; <paramref name="model"/> is null when no model was found for the request.</summary>
    public void CountRequest(ModelDocument? model, string outcome)
    {
        var tags = model is null ? default : TagsOf(model);
        tags.Add("organseg.outcome", outcome);
        _requests.Add(1, tags);
    }

    public void CountLoad(ModelDocument model, string outcome)
    {
        var tags = TagsOf(model);
        tags.Add("organseg.outcome", outcome);
        _loads.Add(1, tags);
    }

    public void CountCanaryFailure(ModelDocument model, ModelRollout canary, string kind)
    {
        var tags = TagsOf(model);
        tags.Add("organseg.canary", canary.Reference);
        tags.Add("error.type", kind);
        _canaryFailures.Add(1, tags);
    }

    public void CountShadow(ModelDocument model, ModelRollout shadow, string outcome)
    {
        var tags = TagsOf(model, shadow);
        tags.Add("organseg.outcome", outcome);
        _shadows.Add(1, tags);
    }

    /// <param name="model">Who answered.</param>
    /// <param name="shadow">Who is compared with that.</param>
    /// <param name="organ">Name of the class.</param>
    /// <param name="dice">0 to 1.</param>
    public void RecordAgreement(ModelDocument model, ModelRollout shadow, string organ, double dice)
    {
        var tags = TagsOf(model, shadow);
        tags.Add("organseg.organ", organ);
        _agreement.Record(dice, tags);
    }

    public void Dispose()
    {
        _source.Dispose();
        _meter.Dispose();
    }

    private static TagList TagsOf(ModelDocument model) => new()
    {
        { "organseg.model", model.Model },
        { "organseg.model.version", model.Version },
    };

    private static TagList TagsOf(ModelDocument model, ModelRollout shadow)
    {
        var tags = TagsOf(model);
        tags.Add("organseg.shadow", shadow.Reference);
        return tags;
    }

    private static Activity? Tag(Activity? activity, ModelDocument model)
    {
        activity?.SetTag("organseg.model", model.Model);
        activity?.SetTag("organseg.model.version", model.Version);
        return activity;
    }
}
