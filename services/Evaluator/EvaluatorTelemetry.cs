using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace OrganSeg.Evaluator;

/// <summary>The one owner of the service's spans and instruments.</summary>
internal sealed class EvaluatorTelemetry : IDisposable
{
    public const string Name = "OrganSeg.Evaluator";

    private readonly ActivitySource _source = new(Name);
    private readonly Meter _meter;
    private readonly Counter<long> _slices;
    private readonly Counter<long> _reports;

    public EvaluatorTelemetry(IMeterFactory meters)
    {
        _meter = meters.Create(Name);
        _slices = _meter.CreateCounter<long>("organseg.evaluator.slices", "{slice}", "Slices scored.");
        _reports = _meter.CreateCounter<long>("organseg.evaluator.reports", "{report}", "Reports stored.");
    }

    /// <summary>A whole evaluation.</summary>
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
