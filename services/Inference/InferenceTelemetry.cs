using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using OrganSeg.Inference.Serving;
using OrganSeg.Storage;

namespace OrganSeg.Inference;

/// <summary>The one owner of the service's spans and instruments.</summary>
internal sealed class InferenceTelemetry : IDisposable
{
    public const string Name = "OrganSeg.Inference";

    /// <summary>Outcome of a request that was answered.</summary>
    public const string Ok = "ok";

    // From a run of a small model on a GPU to a queue that nobody should have to wait in.
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    };

    private static readonly InstrumentAdvice<int> Sizes = new() { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64] };

    private static readonly InstrumentAdvice<double> Agreements = new()
    {
        HistogramBucketBoundaries = [0.5, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 0.999],
    };

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
    private readonly Histogram<double> _pixelAgreement;
    private readonly ServingStatistics _statistics;

    public InferenceTelemetry(IMeterFactory meters, ServingStatistics statistics)
    {
        _statistics = statistics;
        _meter = meters.Create(Name);
        _requests = _meter.CreateCounter<long>("organseg.inference.requests", "{slice}", "Slices answered or refused.");
        _queueTime = _meter.CreateHistogram<double>("organseg.inference.queue.duration", "s", "Time a slice waited.", tags: null, Seconds);
        _runTime = _meter.CreateHistogram<double>("organseg.inference.run.duration", "s", "Time of one run of a model.", tags: null, Seconds);
        _batchSize = _meter.CreateHistogram<int>("organseg.inference.batch.size", "{slice}", "Slices run together.", tags: null, Sizes);
        _loads = _meter.CreateCounter<long>("organseg.inference.loads", "{load}", "Models loaded, or failed to load.");
        _canaryFailures = _meter.CreateCounter<long>(
            "organseg.inference.canary.failures", "{request}", "Requests that a canary could not answer and the alias's own version did.");
        _shadows = _meter.CreateCounter<long>(
            "organseg.inference.shadows", "{slice}", "Slices offered to shadows: compared, dropped or failed.");
        _agreement = _meter.CreateHistogram(
            "organseg.inference.agreement",
            "1",
            "Dice coefficient of an organ between what was answered and what the shadow says.",
            tags: null,
            Agreements);
        _pixelAgreement = _meter.CreateHistogram(
            "organseg.inference.agreement.pixels",
            "1",
            "Part of a slice's pixels that have the same class in what was answered and in what the shadow says.",
            tags: null,
            Agreements);
    }

    public Activity? StartLoad(ModelDocument model) => Tag(_source.StartActivity("inference.load"), model);

    /// <summary>A model that came with the service goes into the store.</summary>
    public Activity? StartTake(ModelDocument model) => Tag(_source.StartActivity("inference.take"), model);

    public Activity? StartVolume(ModelDocument model, int slices)
    {
        var activity = Tag(_source.StartActivity("inference.volume"), model);
        activity?.SetTag("organseg.slices", slices);
        return activity;
    }

    /// <summary>A wait that is over, in the trace of the slice that waited.</summary>
    public void RecordQueue(ModelDocument model, string variant, ActivityContext parent, DateTimeOffset from, TimeSpan waited)
    {
        _statistics.AddQueue(model, waited);
        using var activity = Tag(
            _source.StartActivity("inference.queue", ActivityKind.Internal, parent, startTime: from), model);
        // Inside the span, so that the metric has it as an example.
        _queueTime.Record(waited.TotalSeconds, TagsOf(model, variant));
        activity?.SetEndTime((from + waited).UtcDateTime);
    }

    /// <summary>One run, shown in the trace of every call that had a slice in it.</summary>
    /// <param name="model">What was run.</param>
    /// <param name="variant">Its form.</param>
    /// <param name="parents">Of each request that was in it.</param>
    /// <param name="from">When it began.</param>
    /// <param name="took">How long it took.</param>
    /// <param name="batch">Slices in it.</param>
    /// <param name="failure">Why it gave nothing; null when it gave something.</param>
    public void RecordRun(
        ModelDocument model, string variant, IReadOnlyList<ActivityContext> parents, DateTimeOffset from, TimeSpan took, int batch, Exception? failure)
    {
        if (failure is null)
        {
            _statistics.AddRun(model, parents.Count, batch, from + took, took);
        }

        var isCounted = false;
        var calls = parents.Distinct().ToList();
        foreach (var parent in calls)
        {
            // One run for several calls is one in each of their traces; the links say that they are the same.
            var others = calls.Where(other => other != parent && other != default).Select(other => new ActivityLink(other));
            using var activity = Tag(
                _source.StartActivity("inference.run", ActivityKind.Internal, parent, tags: null, others, from), model);
            if (!isCounted)
            {
                // Once, and inside a span, so that the metrics have it as an example.
                isCounted = true;
                _runTime.Record(took.TotalSeconds, TagsOf(model, variant));
                _batchSize.Record(batch, TagsOf(model, variant));
            }

            activity?.SetTag("organseg.batch.size", batch);
            if (failure is not null)
            {
                activity?.Fail(failure);
            }

            activity?.SetEndTime((from + took).UtcDateTime);
        }
    }

    /// <summary>Counts an answer; <paramref name="model"/> is null when no model was found for the request, and
    /// <paramref name="variant"/> when none was chosen.</summary>
    public void CountRequest(ModelDocument? model, string outcome, string? variant = null)
    {
        var tags = model is null ? default : TagsOf(model, variant);
        tags.Add("organseg.outcome", outcome);
        _requests.Add(1, tags);
        if (model is not null && outcome != Ok)
        {
            _statistics.AddFailure(model);
        }
    }

    public void CountLoad(ModelDocument model, string variant, string outcome)
    {
        var tags = TagsOf(model, variant);
        tags.Add("organseg.outcome", outcome);
        _loads.Add(1, tags);
    }

    public void CountCanaryFailure(ModelDocument model, ModelRollout canary, string kind)
    {
        var tags = TagsOf(model, variant: null);
        tags.Add("organseg.canary", canary.Reference);
        tags.Add("error.type", kind);
        _canaryFailures.Add(1, tags);
    }

    /// <param name="model">Who answered.</param>
    /// <param name="shadow">Who was to be compared with that.</param>
    /// <param name="outcome">compared, dropped or failed.</param>
    /// <param name="kind">Why it failed.</param>
    public void CountShadow(ModelDocument model, ModelRollout shadow, string outcome, string? kind = null)
    {
        var tags = TagsOf(model, shadow);
        tags.Add("organseg.outcome", outcome);
        if (kind is not null)
        {
            tags.Add("error.type", kind);
        }

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

    /// <param name="model">Who answered.</param>
    /// <param name="shadow">Who is compared with that.</param>
    /// <param name="part">0 to 1.</param>
    public void RecordPixelAgreement(ModelDocument model, ModelRollout shadow, double part) =>
        _pixelAgreement.Record(part, TagsOf(model, shadow));

    /// <summary>Shows how many wait for each loaded model, and how many are loaded, whenever someone looks.</summary>
    /// <param name="loaded">What is loaded, in which form, and how many wait for it.</param>
    public void Observe(Func<IReadOnlyList<(ModelDocument Model, string Variant, int Waiting)>> loaded)
    {
        _meter.CreateObservableGauge(
            "organseg.inference.models.loaded", () => loaded().Count, "{model}", "Versions loaded, each form for itself.");
        var seen = new ConcurrentDictionary<(string Model, string Version, string Variant), ModelDocument>();
        _meter.CreateObservableGauge("organseg.inference.queue.depth", Depths, "{request}", "Requests that wait for a run.");

        // An exporter repeats the last number of a series that ends: one of what was given up must be 0.
        List<Measurement<int>> Depths()
        {
            var depths = new Dictionary<(string Model, string Version, string Variant), int>();
            foreach (var (model, variant, waiting) in loaded())
            {
                var key = (model.Model, model.Version, variant);
                seen.TryAdd(key, model);
                depths[key] = depths.GetValueOrDefault(key) + waiting;
            }

            return [.. seen.Select(pair => new Measurement<int>(depths.GetValueOrDefault(pair.Key), TagsOf(pair.Value, pair.Key.Variant)))];
        }
    }

    public void Dispose()
    {
        _source.Dispose();
        _meter.Dispose();
    }

    private static TagList TagsOf(ModelDocument model, string? variant)
    {
        var tags = new TagList
        {
            { "organseg.model", model.Model },
            { "organseg.model.version", model.Version },
        };
        if (variant is not null)
        {
            tags.Add("organseg.variant", variant);
        }

        return tags;
    }

    private static TagList TagsOf(ModelDocument model, ModelRollout shadow)
    {
        var tags = TagsOf(model, variant: null);
        tags.Add("organseg.shadow.model", shadow.Model);
        tags.Add("organseg.shadow.version", shadow.Version);
        return tags;
    }

    private static Activity? Tag(Activity? activity, ModelDocument model)
    {
        activity?.SetTag("organseg.model", model.Model);
        activity?.SetTag("organseg.model.version", model.Version);
        return activity;
    }
}
