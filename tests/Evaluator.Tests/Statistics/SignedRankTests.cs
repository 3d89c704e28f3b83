using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using OrganSeg.Evaluator.Statistics;
using OrganSeg.Testing;

namespace OrganSeg.Evaluator.Tests.Statistics;

public sealed class SignedRankTests
{
    private const double Exact = 1e-9;

    private static readonly Dictionary<string, double[]> Inputs = new()
    {
        ["plain"] = Samples.Plain,
        ["tied"] = Samples.Tied,
        ["zeros"] = Samples.Zeros,
        ["long"] = Samples.Long,
    };

    // scipy.stats.wilcoxon(x, zero_method=…, method=…, correction=…); exact with ties is PermutationMethod over all 2^n.
    [Theory]
    [InlineData("plain", "Pratt", "Exact", true, 4.0, 0.00341796875)]
    [InlineData("plain", "Wilcoxon", "Normal", true, 4.0, 0.006801651812875441)]
    [InlineData("plain", "Wilcoxon", "Normal", false, 4.0, 0.006039559048656822)]
    [InlineData("tied", "Wilcoxon", "Exact", true, 16.0, 0.0203857421875)]
    [InlineData("tied", "Pratt", "Normal", true, 16.0, 0.023273643170742195)]
    [InlineData("tied", "Pratt", "Normal", false, 16.0, 0.021424139983881464)]
    [InlineData("zeros", "Wilcoxon", "Exact", true, 10.5, 0.02392578125)]
    [InlineData("zeros", "Pratt", "Exact", true, 19.5, 0.03271484375)]
    [InlineData("zeros", "Wilcoxon", "Normal", true, 10.5, 0.0278751114566284)]
    [InlineData("zeros", "Wilcoxon", "Normal", false, 10.5, 0.025200970560915446)]
    [InlineData("zeros", "Pratt", "Normal", true, 19.5, 0.03445404615081858)]
    [InlineData("zeros", "Pratt", "Normal", false, 19.5, 0.032089450606279095)]
    [InlineData("long", "Wilcoxon", "Automatic", true, 122.5, 0.04097225837880348)]
    [InlineData("long", "Pratt", "Automatic", true, 133.5, 0.04378145990452775)]
    [InlineData("long", "Pratt", "Automatic", false, 133.5, 0.04271728691244418)]
    public void Test_FixedDifferences_SameAsSciPy(
        string input, string zeros, string distribution, bool continuity, double statistic, double p)
    {
        var result = SignedRank.Test(
            Inputs[input], Enum.Parse<ZeroHandling>(zeros), Enum.Parse<NullDistribution>(distribution), continuity);

        Assert.Equal(statistic, result.Statistic, Exact);
        Assert.Equal(p, result.P, Exact);
        Assert.Equal(distribution == "Exact", result.Exact);
    }

    [Fact]
    public void Test_NothingDiffers_PIsOneAndNoEffect()
    {
        var result = SignedRank.Test([0, 0, 0, 0, 0, 0, 0, 0, 0]);

        Assert.Equal((1.0, 9, null), (result.P, result.Zeros, result.RankBiserial));
    }

    [Fact]
    public void Test_AllInOneDirection_SmallestPThereCanBe()
    {
        var result = SignedRank.Test([1, 2, 3, 4, 5, 6, 7, 8]);

        Assert.Equal(2 / 256.0, result.P, Exact);
        Assert.Equal(1, result.RankBiserial);
    }

    // By hand: ranks of |d| are 1.5, 1.5, 3, 4; W⁺ = 1.5 + 3 + 4 = 8.5, W⁻ = 1.5, (8.5 − 1.5)/10 = 0.7.
    [Fact]
    public void RankBiserial_OfTiedRanks_ByHand() =>
        Assert.Equal(0.7, SignedRank.Test([1, -1, 2, 5]).RankBiserial!.Value, Exact);

    // numpy.median of the Walsh averages; limits are their k-th from either end, k counted by scipy's distribution.
    [Theory]
    [InlineData("plain", 0.010199999999999987, 0.004149999999999987, 0.015699999999999992)]
    [InlineData("tied", 2.0, 0.5, 4.0)]
    [InlineData("zeros", 2.5, 0.0, 4.5)]
    [InlineData("long", 0.625, 0.0, 1.1875)]
    public void HodgesLehmann_FixedDifferences_SameAsNumPy(string input, double estimate, double low, double high)
    {
        var interval = SignedRank.HodgesLehmann(Inputs[input], 0.95);

        Assert.Equal(estimate, interval.Estimate!.Value, Exact);
        Assert.Equal(low, interval.Low!.Value, Exact);
        Assert.Equal(high, interval.High!.Value, Exact);
    }

    // Beyond 50 pairs the limits are counted by the normal approximation, 649 by the exact distribution; NumPy as above.
    [Fact]
    public void HodgesLehmann_SixtyPairs_SameAsNumPy()
    {
        var interval = SignedRank.HodgesLehmann([.. Enumerable.Range(0, 60).Select(i => (i * 37 % 61 - 20) / 8.0)], 0.95);

        Assert.Equal((1.25, 0.625, 1.875), (interval.Estimate, interval.Low, interval.High));
    }

    [Fact]
    public void HodgesLehmann_FivePairs_HasNoLimits()
    {
        var interval = SignedRank.HodgesLehmann([1, 2, 3, 4, 5], 0.95);

        Assert.Equal((3.0, null, IntervalMethod.None), (interval.Estimate, interval.Low, interval.Method));
        Assert.NotNull(SignedRank.HodgesLehmann([1, 2, 3, 4, 5, 6], 0.95).Low);
    }

    // Swapping the models swaps the rank sums and nothing else; the order of patients changes nothing.
    [Fact]
    public void Test_AnyDifferences_SymmetricAndFreeOfOrder() => Prop.ForAll(
        Gen.Choose(-6, 6).ArrayOf().Where(d => d.Length is > 0 and <= 40).ToArbitrary(),
        drawn =>
        {
            double[] differences = [.. drawn.Select(d => (double)d)];
            var (test, swapped) = (SignedRank.Test(differences), SignedRank.Test([.. differences.Select(d => -d).Reverse()]));
            return test.P is > 0 and <= 1
                && Math.Abs(test.P - swapped.P) < Exact
                && test.PositiveRanks == swapped.NegativeRanks;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task Test_DrawnDifferences_SameAsSciPyHere()
    {
        const string script = """
            import sys, json
            import scipy
            from scipy.stats import wilcoxon
            # One thing under two names.
            normal = 'asymptotic' if tuple(map(int, scipy.__version__.split('.')[:2])) >= (1, 13) else 'approx'
            answers = []
            for x in json.load(sys.stdin):
                row = []
                for zeros in ('pratt', 'wilcox'):
                    r = wilcoxon(x, zero_method=zeros, method=normal, correction=True)
                    row += [r.statistic, r.pvalue]
                r = wilcoxon(x, zero_method='wilcox', method='exact') if len({abs(v) for v in x} - {0}) == len(x) else None
                row.append(r.pvalue if r else -1)
                answers.append(row)
            print(json.dumps(answers))
            """;
        var random = new ResamplingRandom(11);
        double[][] inputs = [.. Enumerable.Range(0, 60).Select(i => Enumerable.Range(0, 8 + i % 18)
            .Select(_ => i % 3 == 0 ? random.Next(13) - 4.0 : random.Uniform() - 0.4).ToArray())];

        var python = await SystemPython.FindAsync("import scipy.stats", TestContext.Current.CancellationToken);
        Assert.SkipUnless(python is not null, "No Python with scipy (Debian: python3-scipy).");
        var (code, answer) = await python.RunAsync(JsonSerializer.Serialize(inputs), TestContext.Current.CancellationToken, "-c", script);
        Assert.True(code == 0, answer);

        // Warnings of small samples follow.
        var expected = JsonSerializer.Deserialize<double[][]>(answer.Split('\n')[0])!;
        for (var i = 0; i < inputs.Length; i++)
        {
            var pratt = SignedRank.Test(inputs[i], ZeroHandling.Pratt, NullDistribution.Normal);
            var dropped = SignedRank.Test(inputs[i], ZeroHandling.Wilcoxon, NullDistribution.Normal);
            var exact = expected[i][4] < 0 ? -1 : SignedRank.Test(inputs[i]).P;
            double[] actual = [pratt.Statistic, pratt.P, dropped.Statistic, dropped.P, exact];
            Assert.All(actual, (value, j) => Assert.True(
                Math.Abs(value - expected[i][j]) < Exact, string.Create(CultureInfo.InvariantCulture, $"{i}, {j}: {value}, {expected[i][j]}")));
        }
    }
}
