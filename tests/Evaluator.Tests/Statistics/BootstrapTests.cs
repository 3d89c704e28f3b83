using FsCheck;
using FsCheck.Fluent;
using OrganSeg.Evaluator.Metrics;
using OrganSeg.Evaluator.Statistics;

namespace OrganSeg.Evaluator.Tests.Statistics;

public sealed class BootstrapTests
{
    private static readonly BootstrapOptions Options = new(Seed: 1);

    // NumPy with a million resamples gives 0.892966 and 0.928194; 9999 resamples stay within a hundredth of the length.
    [Fact]
    public void OfMean_TwelveScores_SameAsNumPy()
    {
        var interval = Bootstrap.OfMean(Samples.First, Bounds.Unit, Options);

        Assert.Equal(0.9113, interval.Estimate!.Value, 1e-9);
        Assert.Equal(0.8929663740854413, interval.Low!.Value, 4e-4);
        Assert.Equal(0.9281942852251441, interval.High!.Value, 4e-4);
        Assert.Equal((IntervalMethod.BootstrapT, 12, 9999, 1UL), (interval.Method, interval.Units, interval.Resamples, interval.Seed));
    }

    // NumPy with a million resamples, jackknife errors and tails Φ(−1.96·√(10/9)) = 0.019415.
    [Fact]
    public void OfPooledF1_TenPatients_SameAsNumPy()
    {
        long[] hits = [900, 750, 420, 1010, 660, 305, 880, 1240, 512, 770];
        long[] wrong = [60, 40, 75, 30, 55, 60, 20, 90, 41, 35];
        long[] missed = [45, 80, 30, 62, 70, 90, 35, 51, 66, 20];
        PixelCounts[] patients = [.. hits.Select((hit, i) => new PixelCounts(hit, wrong[i], missed[i])), default];

        var interval = Bootstrap.OfPooledF1(patients, Options);

        Assert.Equal(0.9338516521412, interval.Estimate!.Value, 1e-9);
        Assert.Equal(0.9016351533129618, interval.Low!.Value, 1e-3);
        Assert.Equal(0.951273950030392, interval.High!.Value, 5e-4);
        Assert.Equal(10, interval.Units);
    }

    // scipy.stats.t.interval(.95, 6, mean, sem).
    [Fact]
    public void OfMean_SevenScores_StudentAsSciPy()
    {
        var interval = Bootstrap.OfMean(Samples.First[..7], Bounds.Unit, Options);

        Assert.Equal(0.884049213051052, interval.Low!.Value, 1e-9);
        Assert.Equal(0.9332365012346624, interval.High!.Value, 1e-9);
        Assert.Equal((IntervalMethod.StudentT, 0, null), (interval.Method, interval.Resamples, interval.Seed));
    }

    // 0.9^10 = 35 % of resamples repeat one value only and miss the estimate: no quantile of t* is left to take.
    [Fact]
    public void OfMean_NineOfTenEqual_FallsBackToStudent()
    {
        var interval = Bootstrap.OfMean([1, 1, 1, 1, 1, 1, 1, 1, 1, 0.5], Bounds.Unit, Options);

        Assert.Equal(IntervalMethod.StudentT, interval.Method);
        Assert.Equal(1, interval.High);
        Assert.Equal(0.95 - 2.2621571627409915 * 0.05, interval.Low!.Value, 1e-9);
    }

    [Fact]
    public void OfMean_NoSpreadOrTooFew_EstimateWithoutInterval()
    {
        var equal = Bootstrap.OfMean([0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7], Bounds.Unit, Options);
        var single = Bootstrap.OfMean([0.4], Bounds.Unit, Options);
        var none = Bootstrap.OfMean([], Bounds.Unit, Options);

        Assert.All([equal, single, none], interval => Assert.Equal((null, null, IntervalMethod.None), (interval.Low, interval.High, interval.Method)));
        Assert.Equal(0.7, equal.Estimate!.Value, 1e-12);
        Assert.Equal((0.4, null), (single.Estimate, none.Estimate));
    }

    [Fact]
    public void OfMean_ValueOutsideTheBounds_Throws()
    {
        Assert.Throws<ArgumentException>(() => Bootstrap.OfMean([0.5, 1.5], Bounds.Unit, Options));
        Assert.Throws<ArgumentException>(() => Bootstrap.OfMean([0.5, double.NaN], Bounds.None, Options));
        Assert.Throws<ArgumentOutOfRangeException>(() => Bootstrap.OfMean([0, 1], Bounds.Unit, Options with { Resamples = 50 }));
    }

    // Ties are the rule here: values are multiples of a tenth.
    [Fact]
    public void OfMean_AnyScores_HoldsTheEstimateStaysInBoundsAndRepeats() => Prop.ForAll(
        Gen.Choose(0, 10).ArrayOf().Where(values => values.Length is >= 2 and <= 30).ToArbitrary(),
        drawn =>
        {
            double[] values = [.. drawn.Select(value => value / 10.0)];
            var options = new BootstrapOptions(5) { Resamples = 399 };
            var interval = Bootstrap.OfMean(values, Bounds.Unit, options);
            return interval.Method == IntervalMethod.None
                ? values.Distinct().Count() == 1
                : interval.Low >= 0 && interval.Low <= interval.Estimate + 1e-12
                    && interval.High >= interval.Estimate - 1e-12 && interval.High <= 1
                    && interval == Bootstrap.OfMean(values, Bounds.Unit, options);
        }).QuickCheckThrowOnFailure();
}
