namespace OrganSeg.Storage;

/// <summary>How much of a perturbation a model bears on one organ.</summary>
/// <param name="Perturbation">Such as <c>gaussian-noise</c>.</param>
/// <param name="Unit">Of the severities.</param>
/// <param name="Organ">Name in the label schema.</param>
/// <param name="Highest">The highest severity tried.</param>
/// <param name="BreaksAt">Severity from which less than the kept share of F1 is left; null where it is not in the series.</param>
public sealed record RobustnessLimit(string Perturbation, string Unit, string Organ, double Highest, double? BreaksAt = null);
