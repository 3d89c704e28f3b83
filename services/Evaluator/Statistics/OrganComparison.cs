namespace OrganSeg.Evaluator.Statistics;

/// <summary>Two models on one organ; every difference is first minus second, so above zero the first is better.</summary>
/// <param name="Organ">Name in the label schema.</param>
/// <param name="Pairs">Patients in which both scores are defined.</param>
/// <param name="MeanDifference">With its bootstrap-t interval.</param>
/// <param name="HodgesLehmann">Median of the means of pairs of differences, with its signed-rank interval.</param>
/// <param name="SignedRank">The test whose p value is corrected and decides; null without a pair.</param>
/// <param name="Permutation">A second opinion, on means instead of ranks; null without a pair.</param>
/// <param name="AdjustedP">p of the signed-rank test after Holm's correction over the organs that were tested; null for an
/// organ with too few patients, which is not tested.</param>
/// <param name="CohenDz">Mean difference over the standard deviation of differences (Cohen 1988); null without spread.</param>
/// <param name="Verdict">What may be said.</param>
internal sealed record OrganComparison(
    string Organ,
    int Pairs,
    ConfidenceInterval MeanDifference,
    ConfidenceInterval HodgesLehmann,
    SignedRankResult? SignedRank,
    PermutationResult? Permutation,
    double? AdjustedP,
    double? CohenDz,
    ComparisonVerdict Verdict);
