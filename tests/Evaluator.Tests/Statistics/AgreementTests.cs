using OrganSeg.Evaluator.Statistics;

namespace OrganSeg.Evaluator.Tests.Statistics;

public sealed class AgreementTests
{
    private const double Exact = 1e-9;

    private static readonly double[] Measured = [1502.3, 1610.8, 1388.4, 1720.1, 1455.9, 1299.7, 1811.2, 1560.4, 1675.5, 1402.6];

    private static readonly double[] Reference = [1480.1, 1622.5, 1350.2, 1690.8, 1461.3, 1270.4, 1755.6, 1548.9, 1660.7, 1380.2];

    // The formulas of Bland and Altman 1999 in NumPy, quantiles and regression (linregress) by SciPy.
    [Fact]
    public void Of_TenVolumes_SameAsSciPy()
    {
        var agreement = BlandAltman.Of([.. Measured.Zip(Reference)])!;

        Close(20.620000000000005, 6.4573062351678026, 34.7826937648322, agreement.Bias);
        Assert.Equal(19.798080715059243, agreement.Deviation, Exact);
        Close(-18.18352516453311, -43.256468738054885, 6.889418408988668, agreement.LowerLimit);
        Close(59.42352516453312, 34.35058159101134, 84.49646873805489, agreement.UpperLimit);
        Close(0.0135021292851861, -0.08604572073439672, 0.11304997930476891, agreement.Slope!);
        Assert.Equal(-0.07039287403347316, agreement.Intercept!.Value, Exact);
        Assert.Equal(0.7624505065122528, agreement.SlopeP!.Value, Exact);
    }

    [Fact]
    public void Of_TwoPairsOrOneSize_NoRegression()
    {
        Assert.Null(BlandAltman.Of([(1, 2)]));
        Assert.Null(BlandAltman.Of([(1, 2), (3, 5)])!.Slope);
        Assert.Null(BlandAltman.Of([(1, 3), (3, 1), (2, 2)])!.SlopeP);
        Assert.Throws<ArgumentException>(() => BlandAltman.Of([(1, double.NaN), (1, 1)]));
    }

    // scipy.stats.pearsonr and spearmanr.
    [Fact]
    public void Correlations_FixedPairs_SameAsSciPy()
    {
        var pearson = Correlation.Pearson([.. Samples.First.Zip(Samples.Second)])!;
        var spearman = Correlation.Spearman([.. Samples.Tied.Zip([1.0, 2, 2, 5, 4, 3, 3, 8, 9, 7, 6, 5, 4, 2])])!;

        Assert.Equal((0.9650846058144684, 3.8538368559995164e-07), (pearson.Coefficient, pearson.P), Near);
        Assert.Equal((-0.14158314260913474, 0.6292312770053126), (spearman.Coefficient, spearman.P), Near);
        Assert.Null(Correlation.Pearson([(1, 2), (1, 3), (1, 4)]));
        Assert.Equal(0, Correlation.Spearman([(1, 2), (2, 3), (3, 9)])!.P);
    }

    // By hand, five bins: 0.1 ×2, 1 right: |1 − 0.2|; 0.9 ×3, 2 right: |2 − 2.7|; 1.0 ×5, 5 right: 0, in the bin of 0.9:
    // |7 − 7.7| = 0.7. ECE = (0.8 + 0.7)/10 = 0.15; largest bin |0.5 − 0.1| = 0.4.
    [Fact]
    public void Calibration_FewPredictions_ByHand()
    {
        var (histogram, other) = (new CalibrationHistogram(5), new CalibrationHistogram(5));
        histogram.Add(0.1, correct: true);
        histogram.Add(0.1, correct: false);
        other.Add(0.9, 3, 2);
        other.Add(1.0, 5, 5);
        histogram.Add(other);

        Assert.Equal(10, histogram.Count);
        Assert.Equal(0.15, histogram.ExpectedCalibrationError!.Value, Exact);
        Assert.Equal(0.4, histogram.MaximumCalibrationError!.Value, Exact);
        Assert.Equal(new ReliabilityBin(0.2, 0.4, 0, null, null), histogram.Bins[1]);
        Assert.Equal(7 / 8.0, histogram.Bins[4].Accuracy!.Value, Exact);
    }

    [Fact]
    public void Calibration_NothingOrNonsense_UndefinedOrThrows()
    {
        var histogram = new CalibrationHistogram();

        Assert.Equal((null, null), (histogram.ExpectedCalibrationError, histogram.MaximumCalibrationError));
        Assert.Throws<ArgumentOutOfRangeException>(() => histogram.Add(double.NaN, true));
        Assert.Throws<ArgumentOutOfRangeException>(() => histogram.Add(0.5, 1, 2));
        Assert.Throws<ArgumentException>(() => histogram.Add(new CalibrationHistogram(5)));
    }

    private static bool Near((double, double) a, (double, double) b) =>
        Math.Abs(a.Item1 - b.Item1) < Exact && Math.Abs(a.Item2 - b.Item2) < Exact;

    private static void Close(double estimate, double low, double high, ConfidenceInterval interval)
    {
        Assert.Equal(estimate, interval.Estimate!.Value, Exact);
        Assert.Equal(low, interval.Low!.Value, Exact);
        Assert.Equal(high, interval.High!.Value, Exact);
    }
}
