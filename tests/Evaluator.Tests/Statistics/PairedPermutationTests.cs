using OrganSeg.Evaluator.Statistics;

namespace OrganSeg.Evaluator.Tests.Statistics;

public sealed class PairedPermutationTests
{
    // scipy.stats.permutation_test((x,), np.mean, permutation_type='samples', n_resamples=10**6) over all 2^n.
    [Fact]
    public void Test_FixedDifferences_SameAsSciPy()
    {
        Assert.Equal(0.0029296875, PairedPermutation.Test(Samples.Plain, 1).P, 1e-9);
        Assert.Equal(0.019775390625, PairedPermutation.Test(Samples.Tied, 1).P, 1e-9);
        Assert.Equal(0.02294921875, PairedPermutation.Test(Samples.Zeros, 1).P, 1e-9);
        Assert.Equal(0.010058333333333327, PairedPermutation.Test(Samples.Plain, 1).MeanDifference, 1e-9);
    }

    // By hand: sums of ±1 ±2 ±3 at least 6 from zero are ±6 only, 2 of 8.
    [Fact]
    public void Test_ThreePairs_ByHand()
    {
        var result = PairedPermutation.Test([1, 2, 3], 1);

        Assert.Equal((0.25, true, 8L, null), (result.P, result.Exact, result.Assignments, result.Seed));
    }

    // 21 pairs, all above zero: 2 of 2^21 assignments are as extreme, so hardly any drawn one is, and p is never 0.
    [Fact]
    public void Test_TooManyToCount_DrawnWithTheSeedAndNeverZero()
    {
        double[] differences = [.. Enumerable.Range(1, 21).Select(i => (double)i)];

        var result = PairedPermutation.Test(differences, 7, draws: 999);

        Assert.Equal((1 / 1000.0, false, 999L, 7UL), (result.P, result.Exact, result.Assignments, result.Seed));
    }

    // Drawn and exact are the same test: with 100 000 draws they part by less than four standard errors, 4·√(p(1−p)/10⁵).
    [Fact]
    public void Test_DrawnOrCounted_Agree()
    {
        double[] padded = [.. Samples.Tied, 0, 0, 0, 0, 0, 0, 0];

        var drawn = PairedPermutation.Test(padded, 3);

        Assert.False(drawn.Exact);
        Assert.Equal(0.019775390625, drawn.P, 0.0018);
        Assert.Equal(drawn, PairedPermutation.Test(padded, 3));
    }

    [Fact]
    public void Test_NoOrUndefinedDifferences_Throws()
    {
        Assert.Throws<ArgumentException>(() => PairedPermutation.Test([], 1));
        Assert.Throws<ArgumentException>(() => PairedPermutation.Test([1, double.NaN], 1));
    }
}
