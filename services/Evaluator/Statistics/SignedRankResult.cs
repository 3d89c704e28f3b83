namespace OrganSeg.Evaluator.Statistics;

/// <summary>What the Wilcoxon signed-rank test found.</summary>
/// <param name="PositiveRanks">W⁺: sum of the ranks of positive differences.</param>
/// <param name="NegativeRanks">W⁻.</param>
/// <param name="P">Two-sided p value.</param>
/// <param name="Exact">From the exact distribution; otherwise from the normal approximation.</param>
/// <param name="Pairs">All pairs.</param>
/// <param name="Zeros">Pairs that do not differ.</param>
/// <param name="Zero">How those were handled.</param>
internal sealed record SignedRankResult(
    double PositiveRanks, double NegativeRanks, double P, bool Exact, int Pairs, int Zeros, ZeroHandling Zero)
{
    /// <summary>min(W⁺, W⁻), the usual two-sided statistic.</summary>
    public double Statistic => Math.Min(PositiveRanks, NegativeRanks);

    /// <summary>
    /// Matched-pairs rank-biserial correlation (W⁺ − W⁻)/(W⁺ + W⁻), −1…1 (D. S. Kerby, Comprehensive Psychology 3, 2014); null
    /// when no pair differs.
    /// </summary>
    public double? RankBiserial =>
        PositiveRanks + NegativeRanks is > 0 and var sum ? (PositiveRanks - NegativeRanks) / sum : null;
}
