using OrganSeg.Evaluator.Robustness;
using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Tests.Robustness;

public sealed class LowDoseTests
{
    // One grey level is one Hounsfield unit, and grey 100 is water.
    private static readonly GreyWindow OneToOne = new(-100, 155, true);

    // 4 pixels of 100 mm: p = 0 through air, .02 · 400 = 8 through water. With m = (1 + e⁸)/2 = 1490.98 the factors are
    // √(½ + ½/m) = .70734 and √(½ + ½ e⁸/m) = 1.22461.
    [Fact]
    public void RowFactors_AirAndWater_ByHand()
    {
        var factors = LowDose.RowFactors(new ByteImage(4, 2, [0, 0, 0, 0, 100, 100, 100, 100]), OneToOne);

        Assert.Equal(0.70734, factors[0], 1e-5);
        Assert.Equal(1.22461, factors[1], 1e-5);
    }

    // At a quarter of the dose the variance is 4 times 12², of which 3 times 12² are added: 12 √3 = 20.78 HU. Rows are
    // equal here. The correlated noise of 50,176 pixels is worth some 7,000 independent ones: 1 % of the deviation.
    [Fact]
    public void Apply_EvenImageAtAQuarter_AddsThreeTimesTheVariance()
    {
        var noise = Noise(4);

        Assert.Equal(12 * Math.Sqrt(3), Math.Sqrt(Mean(noise, noise, 0)), 0.8);
    }

    // A Gaussian of deviation 1.5 correlates neighbours by exp(-1/(4 · 1.5²)) = .895. Across, the weights .78657, .10645 and
    // .00026 give (2 · .78657 · .10645 + 2 · .10645 · .00026)/.6414 = .261.
    [Fact]
    public void Apply_Neighbours_CorrelateMoreAlongRowsThanAcross()
    {
        var noise = Noise(4);

        Assert.Equal(0.895, Mean(noise, noise, 1) / Mean(noise, noise, 0), 0.02);
        Assert.Equal(0.261, Mean(noise, noise, 224) / Mean(noise, noise, 0), 0.05);
    }

    [Fact]
    public void Apply_FullDoseOrEndsOfTheWindow_NothingChanges()
    {
        var image = new ByteImage(4, 1, [0, 255, 0, 255]);

        Assert.Equal(image.Pixels, LowDose.Apply(image, 16, OneToOne, 1).Pixels);
        Assert.Equal([90, 100], LowDose.Apply(new ByteImage(2, 1, [90, 100]), 1, OneToOne, 1).Pixels);
    }

    private static double[] Noise(double reduction)
    {
        var image = new ByteImage(224, 224);
        image.Pixels.AsSpan().Fill(128);
        return [.. LowDose.Apply(image, reduction, OneToOne, 5).Pixels.Select(grey => grey - 128.0)];
    }

    private static double Mean(double[] a, double[] b, int lag) => a.Zip(b.Skip(lag), (x, y) => x * y).Average();
}
