namespace OrganSeg.Evaluator.Gates;

/// <summary>One bound of a gate.</summary>
/// <param name="Path">Where it stands in the file, such as <c>organs.liver.f1</c>.</param>
/// <param name="Organ">Name in the label schema.</param>
/// <param name="Metric">What it is about.</param>
/// <param name="Value">The bound.</param>
internal sealed record GateBound(string Path, string Organ, GateMetric Metric, double Value)
{
    /// <summary>The perturbation it is about; null for unperturbed slices.</summary>
    public string? Perturbation { get; init; }

    /// <summary>Its severity, in the unit of the perturbation.</summary>
    public double? Severity { get; init; }
}
