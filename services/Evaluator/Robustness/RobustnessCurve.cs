namespace OrganSeg.Evaluator.Robustness;

/// <summary>A model under one perturbation: a curve for each organ.</summary>
/// <param name="Perturbation">Such as <c>gaussian-noise</c>.</param>
/// <param name="Unit">Of the severities.</param>
/// <param name="Severities">Growing; at the first one nothing is changed.</param>
/// <param name="Organs">In the order of the label schema, without background.</param>
internal sealed record RobustnessCurve(
    string Perturbation, string Unit, IReadOnlyList<double> Severities, IReadOnlyList<OrganCurve> Organs);
