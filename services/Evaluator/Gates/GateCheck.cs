namespace OrganSeg.Evaluator.Gates;

/// <summary>What became of one bound for one model.</summary>
/// <param name="Model">How a person names it.</param>
/// <param name="Organ">Name in the label schema.</param>
/// <param name="Metric">As in <c>report.json</c>.</param>
/// <param name="Perturbation">Such as <c>gaussian-noise</c>; null for unperturbed slices.</param>
/// <param name="Severity">In the unit of the perturbation, or null.</param>
/// <param name="Bound">The value asked for.</param>
/// <param name="IsMost">Whether it is the most that is allowed; else the least.</param>
/// <param name="Value">The value reached; null where undefined.</param>
/// <param name="Outcome"><c>passed</c>, <c>failed</c> or <c>undefined</c>, which fails the gate as well.</param>
/// <param name="Reason">Why it did not pass; null where it did.</param>
internal sealed record GateCheck(
    string Model,
    string Organ,
    string Metric,
    string? Perturbation,
    double? Severity,
    double Bound,
    bool IsMost,
    double? Value,
    string Outcome,
    string? Reason)
{
    public const string Passed = "passed";
    public const string Failed = "failed";
    public const string Undefined = "undefined";
}
