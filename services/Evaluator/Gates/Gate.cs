using OrganSeg.Evaluator.Reports;
using OrganSeg.Evaluator.Robustness;

namespace OrganSeg.Evaluator.Gates;

/// <summary>Bounds that every model of a report has to keep, as <see cref="GateFile"/> reads them.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="Aggregation">Which aggregation the bounds of organs are about.</param>
/// <param name="Bounds">At least one.</param>
internal sealed record Gate(string File, GateAggregation Aggregation, IReadOnlyList<GateBound> Bounds)
{
    /// <summary>Holds every bound against every model. What is undefined does not pass: no value, no evidence.</summary>
    public GateOutcome Evaluate(IReadOnlyList<ModelReport> models)
    {
        IReadOnlyList<GateCheck> checks = [.. models.SelectMany(model => Bounds.Select(bound => Check(model, bound)))];
        return new GateOutcome(checks.All(check => check.Outcome == GateCheck.Passed), File, Aggregation, checks);
    }

    private GateCheck Check(ModelReport model, GateBound bound)
    {
        var (value, reason) = bound.Perturbation is null ? OfOrgan(model, bound) : OfCurve(model, bound);
        var outcome = value is not { } defined ? GateCheck.Undefined
            : bound.Metric.Holds(defined, bound.Value) ? GateCheck.Passed
            : GateCheck.Failed;
        return new GateCheck(
            model.Title,
            bound.Organ,
            bound.Metric.Name,
            bound.Perturbation,
            bound.Severity,
            bound.Value,
            bound.Metric.IsBetterLower,
            value,
            outcome,
            outcome switch
            {
                GateCheck.Undefined => $"{Subject()} is undefined: {reason}",
                GateCheck.Failed => $"{Subject()} is {value:0.####}, {(bound.Metric.IsBetterLower ? "at most" : "at least")} {bound.Value:0.####} is wanted",
                _ => null,
            });

        string Subject() => bound.Perturbation is null
            ? $"{model.Title} {bound.Organ} {bound.Metric.Name}"
            : $"{model.Title} {bound.Organ} {bound.Metric.Name} under {bound.Perturbation} {bound.Severity:0.####}";
    }

    private (double? Value, string Reason) OfOrgan(ModelReport model, GateBound bound) => (
        model.Organs.FirstOrDefault(organ => organ.Organ == bound.Organ) is { } scores
            ? bound.Metric.ValueOf(scores, Aggregation)
            : null,
        "the evaluated slices leave nothing to divide by, such as an organ in neither reference nor prediction");

    private static (double? Value, string Reason) OfCurve(ModelReport model, GateBound bound)
    {
        if (model.Robustness is null)
        {
            return (null, "the report has no sweep of perturbations; evaluate with --robustness");
        }

        var curve = model.Robustness.First(curve => curve.Perturbation == bound.Perturbation);
        var severities = curve.Severities;
        return (
            OrganCurve.At(severities, curve.Organs.First(organ => organ.Organ == bound.Organ).F1, bound.Severity!.Value),
            bound.Severity < severities[0] || bound.Severity > severities[^1]
                ? $"the sweep goes from {severities[0]} to {severities[^1]} {curve.Unit}"
                : "the swept slices have the organ in neither reference nor prediction");
    }
}
