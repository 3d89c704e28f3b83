namespace OrganSeg.Evaluator.Statistics;

/// <summary>How two values of the same patients go together.</summary>
/// <param name="Coefficient">−1…1.</param>
/// <param name="P">Two-sided p from Student's t with n − 2 degrees of freedom.</param>
/// <param name="Pairs">Number of patients.</param>
internal sealed record CorrelationResult(double Coefficient, double P, int Pairs);
