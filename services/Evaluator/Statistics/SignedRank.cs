using MathNet.Numerics.Distributions;

namespace OrganSeg.Evaluator.Statistics;

/// <summary>
/// Wilcoxon's signed-rank test (F. Wilcoxon, Biometrics Bulletin 1, 1945) and the estimate that belongs to it. It asks
/// whether differences lie symmetrically around zero, and needs no normal distribution, which Dice values near 1 do not have.
/// </summary>
internal static class SignedRank
{
    /// <summary>Up to so many pairs that differ the distribution is exact by default.</summary>
    public const int MostExactPairs = 25;

    // 2^n assignments are counted in doubles, which hold every integer up to 2^53.
    private const int MostCountedPairs = 50;

    /// <summary>The two-sided test of differences against zero.</summary>
    /// <param name="differences">One a pair; equal means equal to the last bit.</param>
    /// <param name="zeros">What to do with pairs that do not differ.</param>
    /// <param name="distribution">Where the p value is taken from.</param>
    /// <param name="continuity">Whether the normal approximation moves the statistic half a rank towards its mean.</param>
    /// <exception cref="ArgumentException">A difference is not finite, or there are too many for the exact distribution.
    /// </exception>
    public static SignedRankResult Test(
        IReadOnlyList<double> differences,
        ZeroHandling zeros = ZeroHandling.Pratt,
        NullDistribution distribution = NullDistribution.Automatic,
        bool continuity = true)
    {
        if (differences.Any(difference => !double.IsFinite(difference)))
        {
            throw new ArgumentException("Differences must be finite.", nameof(differences));
        }

        var zeroPairs = differences.Count(difference => difference == 0);
        double[] ranked = [.. zeros == ZeroHandling.Wilcoxon ? differences.Where(d => d != 0) : differences];
        var (ranks, ties) = Ranks.Of(Array.ConvertAll(ranked, Math.Abs));
        var (positive, negative) = (Sum(+1), Sum(-1));
        var differing = differences.Count - zeroPairs;
        var exact = distribution == NullDistribution.Exact
            || (distribution == NullDistribution.Automatic && differing <= MostExactPairs);
        var p = differing == 0 ? 1
            : exact ? ExactP(ranks.Where((_, i) => ranked[i] != 0), positive)
            : NormalP(ranked.Length, ranked.Length - differing, ties, positive, continuity);
        return new SignedRankResult(positive, negative, p, exact, differences.Count, zeroPairs, zeros);

        double Sum(int sign) => ranks.Where((_, i) => Math.Sign(ranked[i]) == sign).Sum();
    }

    /// <summary>
    /// Hodges–Lehmann estimate of the difference: the median of the means of all pairs of differences, each with itself too
    /// (J. L. Hodges and E. L. Lehmann, Annals of Mathematical Statistics 34, 1963). Its limits are order statistics of those
    /// means, counted from the distribution of the signed ranks (Hollander, Wolfe and Chicken 2014, section 3.3), so that they
    /// cover at least as often as said.
    /// </summary>
    /// <param name="differences">One a pair.</param>
    /// <param name="level">Nominal coverage, such as 0.95.</param>
    /// <returns>Without limits when even the outermost means do not reach the level: below 6 pairs at 95 %.</returns>
    public static ConfidenceInterval HodgesLehmann(IReadOnlyList<double> differences, double level)
    {
        var n = differences.Count;
        if (n == 0)
        {
            return ConfidenceInterval.Without(null, level, 0);
        }

        double[] means =
        [
            .. from i in Enumerable.Range(0, n)
               from j in Enumerable.Range(i, n - i)
               select (differences[i] + differences[j]) / 2,
        ];
        Array.Sort(means);
        var estimate = (means[(means.Length - 1) / 2] + means[means.Length / 2]) / 2;
        var outside = Outside(n, (1 - level) / 2);
        return outside < 1
            ? ConfidenceInterval.Without(estimate, level, n)
            : new ConfidenceInterval(estimate, means[outside - 1], means[^outside], level, n, IntervalMethod.SignedRank);
    }

    /// <summary>Largest k with P(W⁺ &lt; k) at most the tail, so that the k-th mean from either end is a limit.</summary>
    private static int Outside(int n, double tail)
    {
        if (n > MostCountedPairs)
        {
            var deviation = Math.Sqrt(n * (n + 1.0) * (2 * n + 1) / 24);
            return (int)Math.Floor(n * (n + 1.0) / 4 + Normal.InvCDF(0, 1, tail) * deviation);
        }

        var counts = Counts([.. Enumerable.Range(1, n).Select(rank => 2 * rank)]);
        var below = 0.0;
        for (var k = 0; ; k++)
        {
            below += counts[2 * k];
            if (below / Math.Pow(2, n) > tail)
            {
                return k;
            }
        }
    }

    /// <summary>Twice the smaller tail of all 2ⁿ assignments of signs.</summary>
    private static double ExactP(IEnumerable<double> ranks, double positive)
    {
        // Means of ranks are halves: doubled they are whole.
        int[] doubled = [.. ranks.Select(rank => (int)Math.Round(2 * rank))];
        if (doubled.Length > MostCountedPairs)
        {
            throw new ArgumentException($"The exact distribution is counted up to {MostCountedPairs} pairs.", nameof(ranks));
        }

        var counts = Counts(doubled);
        var observed = (int)Math.Round(2 * positive);
        var all = Math.Pow(2, doubled.Length);
        var (below, above) = (counts[..(observed + 1)].Sum() / all, counts[observed..].Sum() / all);
        return Math.Min(1, 2 * Math.Min(below, above));
    }

    /// <summary>How many assignments give each doubled rank sum.</summary>
    private static double[] Counts(int[] doubled)
    {
        var counts = new double[doubled.Sum() + 1];
        counts[0] = 1;
        var reached = 0;
        foreach (var rank in doubled)
        {
            reached += rank;
            for (var sum = reached; sum >= rank; sum--)
            {
                counts[sum] += counts[sum - rank];
            }
        }

        return counts;
    }

    /// <summary>
    /// Normal approximation; the variance is corrected for ties, and under Pratt mean and variance for zeros (E. E. Cureton,
    /// JASA 62, 1967), whose own tie is not counted.
    /// </summary>
    private static double NormalP(double n, double zeros, IReadOnlyList<int> ties, double positive, bool continuity)
    {
        var mean = (n * (n + 1) - zeros * (zeros + 1)) / 4;
        var variance = n * (n + 1) * (2 * n + 1) - zeros * (zeros + 1) * (2 * zeros + 1);
        // Zeros are the smallest absolute values, so theirs is the first group.
        variance -= ties.Skip(zeros > 0 ? 1 : 0).Sum(tie => Math.Pow(tie, 3) - tie) / 2;
        var deviation = Math.Sqrt(variance / 24);
        var distance = Math.Abs(positive - mean);
        distance = continuity && distance > 0 ? distance - 0.5 : distance;
        return Math.Min(1, 2 * Normal.CDF(0, 1, -distance / deviation));
    }
}
