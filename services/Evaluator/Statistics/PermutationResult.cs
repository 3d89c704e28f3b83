namespace OrganSeg.Evaluator.Statistics;

/// <summary>What the paired permutation test found.</summary>
/// <param name="MeanDifference">The statistic.</param>
/// <param name="P">Two-sided p value.</param>
/// <param name="Exact">All assignments of signs were counted.</param>
/// <param name="Assignments">Number of assignments counted or drawn.</param>
/// <param name="Seed">What drawn assignments followed from; null when exact.</param>
internal sealed record PermutationResult(double MeanDifference, double P, bool Exact, long Assignments, ulong? Seed);
