using System.Numerics;

namespace OrganSeg.Evaluator.Statistics;

/// <summary>
/// Paired permutation test of the mean difference by sign flips (R. A. Fisher, The Design of Experiments, 1935): if models
/// do not differ, each patient's difference could as well have had the other sign.
/// </summary>
internal static class PairedPermutation
{
    /// <summary>Up to so many pairs all 2ⁿ assignments of signs are counted.</summary>
    public const int MostExactPairs = 20;

    /// <summary>Assignments drawn beyond that.</summary>
    public const int Draws = 99_999;

    // Sums that differ only by the order of their additions are equal.
    private const double Rounding = 1e-12;

    /// <summary>The two-sided test of the mean difference against zero.</summary>
    /// <param name="differences">One a pair.</param>
    /// <param name="seed">What drawn assignments follow from.</param>
    /// <param name="draws">Number of assignments drawn when there are too many to count.</param>
    /// <returns>
    /// Beyond <see cref="MostExactPairs"/> pairs p = (1 + hits)/(1 + draws): the assignment observed is one of all, so that p
    /// is never 0 (B. Phipson and G. K. Smyth, SAGMB 9, 2010).
    /// </returns>
    /// <exception cref="ArgumentException">There is no difference, or one is not finite.</exception>
    public static PermutationResult Test(IReadOnlyList<double> differences, ulong seed, int draws = Draws)
    {
        if (differences.Count == 0 || differences.Any(difference => !double.IsFinite(difference)))
        {
            throw new ArgumentException("At least one difference is needed, and each must be finite.", nameof(differences));
        }

        double[] sizes = [.. differences.Select(Math.Abs)];
        var threshold = Math.Abs(differences.Sum()) - Rounding * sizes.Sum();
        var mean = differences.Average();
        if (sizes.Length <= MostExactPairs)
        {
            var all = 1L << sizes.Length;
            return new PermutationResult(mean, (double)CountAll(sizes, threshold) / all, true, all, null);
        }

        var hits = CountDrawn(sizes, threshold, new ResamplingRandom(seed), draws);
        return new PermutationResult(mean, (1.0 + hits) / (1.0 + draws), false, draws, seed);
    }

    /// <summary>Assignments whose sum lies at least as far from zero. In Gray code order each flips one sign.</summary>
    private static long CountAll(double[] sizes, double threshold)
    {
        var sum = sizes.Sum();
        var negative = new bool[sizes.Length];
        // The opposite of an assignment is as far from zero: the last sign stays, and each hit counts twice.
        var half = 1L << (sizes.Length - 1);
        var hits = Math.Abs(sum) >= threshold ? 1L : 0;
        for (var step = 1L; step < half; step++)
        {
            var flipped = BitOperations.TrailingZeroCount(step);
            sum += negative[flipped] ? 2 * sizes[flipped] : -2 * sizes[flipped];
            negative[flipped] = !negative[flipped];
            hits += Math.Abs(sum) >= threshold ? 1 : 0;
        }

        return 2 * hits;
    }

    private static long CountDrawn(double[] sizes, double threshold, ResamplingRandom random, int draws)
    {
        var hits = 0L;
        for (var draw = 0; draw < draws; draw++)
        {
            var (sum, bits) = (0.0, 0UL);
            for (var i = 0; i < sizes.Length; i++)
            {
                bits = (i & 63) == 0 ? random.Next() : bits >> 1;
                sum += (bits & 1) == 0 ? sizes[i] : -sizes[i];
            }

            hits += Math.Abs(sum) >= threshold ? 1 : 0;
        }

        return hits;
    }
}
