namespace OrganSeg.Evaluator.Statistics;

/// <summary>How far the F1 of one organ may be off because these patients were evaluated and not others.</summary>
/// <param name="Pooled">Of F1 pooled over all pixels.</param>
/// <param name="PerPatient">Of the mean of the patients' F1.</param>
internal sealed record F1Intervals(ConfidenceInterval Pooled, ConfidenceInterval PerPatient);
