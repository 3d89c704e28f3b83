using OrganSeg.Onnx.Quantization;

namespace OrganSeg.Trainer.Tests.Quantization;

public sealed class ActivationHistogramTests
{
    [Fact]
    public void Limits_ManyBatches_AreTheSmallestAndTheLargest()
    {
        var histogram = new ActivationHistogram();
        histogram.Add([1, -2, 3]);
        histogram.Add([7], limitsOnly: true);

        Assert.Equal(new ValueRange(-2, 7), histogram.Range(CalibrationMethod.MinMax));
        Assert.Equal(4, histogram.Count);
    }

    [Fact]
    public void Add_AnyOrder_GivesTheSameHistogram()
    {
        float[] values = [0.001f, -0.5f, 100, 3.75f, -7, 0, 64, 1e-9f];
        var (forwards, backwards) = (new ActivationHistogram(), new ActivationHistogram());
        foreach (var value in values)
        {
            forwards.Add([value]);
        }

        foreach (var value in values.Reverse())
        {
            backwards.Add([value]);
        }

        Assert.Equal(forwards.BinWidth, backwards.BinWidth);
        Assert.Equal(forwards.Counts, backwards.Counts);
        // 100 must lie below 2,048 widths, each a power of two: 2^−4 · 2,048 = 128.
        Assert.Equal(1.0 / 16, forwards.BinWidth);
        Assert.Equal(1, forwards.Counts[2048 + 60]);
    }

    [Fact]
    public void Add_NotANumber_Throws()
    {
        var histogram = new ActivationHistogram();

        Assert.Throws<ArgumentException>(() => histogram.Add([1, float.NaN]));
        Assert.Throws<ArgumentException>(() => histogram.Add([float.PositiveInfinity]));
        Assert.Equal(0, histogram.Count);
    }

    [Fact]
    public void Percentile_UniformNumbers_CutsTheEnds()
    {
        var histogram = new ActivationHistogram();
        histogram.Add([.. Enumerable.Range(0, 100_000).Select(i => (i - 50_000) / 50_000f)]);

        var range = histogram.Percentile(0.99);

        // Uniform on −1…1: 1 % is cut at each end of the two units. A bin is 2^−10 wide.
        Assert.Equal(-0.98, range.Low, 1e-3);
        Assert.Equal(0.98, range.High, 1e-3);
        Assert.Equal(histogram.Limits, histogram.Percentile(1));
    }

    [Fact]
    public void Percentile_NumbersOfOneSign_KeepZeroAtTheOtherEnd()
    {
        var histogram = new ActivationHistogram();
        histogram.Add([.. Enumerable.Range(1, 1000).Select(i => i / 1000f)]);

        Assert.InRange(histogram.Percentile(0.99).Low, 0, 0.011);
    }

    [Fact]
    public void Entropy_OutlierFarAway_IsCutOff()
    {
        var histogram = new ActivationHistogram();
        histogram.Add([.. Enumerable.Range(0, 200_000).Select(i => MathF.Abs(Normal(i)))]);
        histogram.Add([1000f]);

        // One number of 200,001 is not worth 99 % of the levels. Hardly anything of a normal distribution lies beyond 6.
        Assert.InRange(histogram.Entropy().High, 2, 300);
    }

    [Fact]
    public void Entropy_AsManyBinsAsLevels_KeepsEverything()
    {
        var histogram = new ActivationHistogram();
        // 256 bins in use: each has a level of its own, so that P = Q and nothing is lost by keeping all.
        histogram.Add([.. Enumerable.Range(0, 256).SelectMany(bin => Enumerable.Repeat(bin + 0.5f, 1 + (bin % 7)))]);
        histogram.Add([255.5f]);

        Assert.Equal(histogram.Limits, histogram.Entropy());
    }

    /// <summary>
    /// Bounds that numpy found on the same histograms by the same definition in other code, and those of ONNX Runtime 1.21's
    /// own entropy calibrator (<c>get_entropy_threshold</c> on the histogram with as wide levels, zero's bin empty), which
    /// tries every bin, counts one bin more, and gives the last level the remainder: hence up to 15 % apart.
    /// </summary>
    [Theory]
    [InlineData(false, 1, 11.375, 12.1406)]
    [InlineData(false, 3, 544, 514)]
    [InlineData(true, 1, 10.125, 9.0859)]
    [InlineData(true, 3, 128, 130)]
    public void Entropy_ExponentialNumbersToAPower_FindsTheBoundsThatOthersFind(
        bool twoSided, int power, double bound, double onnxRuntime)
    {
        const int Count = 200_000;
        var histogram = new ActivationHistogram();
        histogram.Add([.. Enumerable.Range(0, Count).Select(i =>
        {
            // The quantiles of the distribution, so that nothing is drawn.
            var share = (i + 0.5) / Count;
            var value = !twoSided ? -Math.Log(1 - share) : share < 0.5 ? Math.Log(2 * share) : -Math.Log(2 * (1 - share));
            return (float)Math.Pow((float)value, power);
        })]);

        var range = histogram.Entropy();

        Assert.Equal(bound, range.High, 1e-4);
        Assert.InRange(range.High / onnxRuntime, 0.85, 1.15);
        if (twoSided)
        {
            Assert.Equal(-bound, range.Low, 1e-4);
        }
    }

    /// <summary>Normally distributed numbers by Box and Muller, from a fixed sequence.</summary>
    private static float Normal(int i)
    {
        var (u, v) = (((i * 0.6180339887) % 1) + 1e-9, (i * 0.7548776662) % 1);
        return (float)(Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * v));
    }
}
