using OrganSeg.Torch;
using OrganSeg.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Tests.Training;

/// <summary>
/// Expected values were computed in double precision with NumPy 2.2 and SciPy 1.15 from the definitions, on the slice below:
/// <c>ndimage.map_coordinates</c> (linear, <c>grid-constant</c>, and nearest for labels) for where pixels lie,
/// <c>ndimage.gaussian_filter</c> (<c>mirror</c>, radius 4) for blur, NumPy's Mersenne Twister with cubic convolution
/// (a = −¾) for the deformation and with Box-Muller for noise.
/// </summary>
public sealed class AugmentationValueTests
{
    private const int Side = 16;
    private static readonly (int Row, int Column)[] Probes = [(0, 0), (2, 13), (5, 7), (8, 8), (11, 3), (15, 15)];

    [Theory]
    [InlineData(10, 1, 0, 0, false, 115.2202, new[] { 0, 51.1659, 52.8775, 193.7638, 172.1997, 0 }, 484, new[] { 0, 0, 3, 4, 3, 0 })]
    [InlineData(0, 1.15, 0, 0, false, 94.0333, new[] { 0, 174.8344, 119.3281, 195.3656, 179.1156, 0 }, 393, new[] { 0, 4, 3, 4, 4, 0 })]
    [InlineData(0, 1, 0.1, -0.06, false, 114.4595, new[] { 4.576, 122.52, 56.872, 185.216, 215.016, 30.408 }, 480, new[] { 0, 4, 3, 0, 4, 0 })]
    [InlineData(-7, 0.9, -0.05, 0.08, false, 127.484, new[] { 48.3696, 92.8658, 72.7803, 208.1475, 63.3827, 116.4387 }, 495, new[] { 0, 4, 4, 0, 0, 4 })]
    [InlineData(0, 1, 0, 0, true, 123.25, new[] { 165.0, 100, 57, 173, 159, 43 }, 510, new[] { 0, 0, 3, 4, 2, 0 })]
    public void Apply_Affine_AgreesWithSciPy(
        double degrees, double zoom, double across, double down, bool mirrored, double mean, double[] grey, int sum, int[] classes) =>
        Check(new SliceVariation { Affine = SliceVariation.From(degrees, zoom, across, down, mirrored) }, mean, grey, sum, classes);

    [Fact]
    public void Apply_Deformation_AgreesWithSciPy() => Check(
        new SliceVariation { ElasticPixels = 3, Seed = 7 },
        120.4685,
        [0, 222.9011, 201.1465, 146.2657, 180.107, 0],
        487,
        [0, 4, 2, 4, 3, 0]);

    [Fact]
    public void Apply_ContrastAndBrightness_AgreesWithNumPy() => CheckGrey(
        new SliceVariation { Gain = 1.2f, Offset = -15 }, 131.7609, [0, 255, 34.2, 215.4, 245.4, 197.4]);

    [Fact]
    public void Apply_Gamma_AgreesWithNumPy() => CheckGrey(
        new SliceVariation { Gamma = 0.7 }, 145.9781, [0, 246.5395, 70.9432, 209.0609, 227.7634, 197.4892]);

    [Fact]
    public void Apply_Noise_AgreesWithNumPy() => CheckGrey(
        new SliceVariation { Noise = 8, Seed = 7 }, 123.8721, [0, 239.4106, 47.2711, 188.718, 224.8244, 177.1439]);

    [Fact]
    public void Apply_Blur_AgreesWithSciPy() => CheckGrey(
        new SliceVariation { BlurPixels = 1.3 }, 124.4202, [48.1445, 130.4296, 111.1951, 144.4017, 142.0737, 110.5419]);

    [Theory]
    [InlineData(0.5, 123.25, new[] { 24.25, 123, 113, 156, 153, 138.25 })]
    [InlineData(0.6, 122.6636, new[] { 24.25, 129.8327, 107.3896, 158.5061, 146.8234, 138.25 })]
    public void Apply_LowResolution_AgreesWithSciPy(double resolution, double mean, double[] grey) =>
        CheckGrey(new SliceVariation { Resolution = resolution }, mean, grey);

    [Fact]
    public void Apply_CutOut_AgreesWithNumPy() => CheckGrey(
        new SliceVariation { CutOut = 0.3, CutTop = 0.5, CutLeft = 0.2 }, 117.8594, [0, 243, 41, 192, 217, 177]);

    private static void CheckGrey(SliceVariation variation, double mean, double[] grey) =>
        Check(variation, mean, grey, 510, [.. Probes.Select(at => Class(at.Row, at.Column))]);

    private static void Check(SliceVariation variation, double mean, double[] grey, int sum, int[] classes)
    {
        using var scope = NewDisposeScope();
        var pixels = Enumerable.Range(0, Side).SelectMany(row => Enumerable.Range(0, Side).Select(column => (row, column))).ToArray();
        var images = tensor(pixels.Select(at => Grey(at.row, at.column)).ToArray()).to(uint8).reshape(1, 1, Side, Side);
        var labels = tensor(pixels.Select(at => Class(at.row, at.column)).ToArray()).to(uint8).reshape(1, Side, Side);

        var (varied, moved) = Augmentation.Apply([variation], images, labels);

        Assert.Equal(mean, (double)varied.mean().AsSingle(), 0.001);
        Assert.Equal(sum, moved.sum().ToInt32());
        foreach (var (index, (row, column)) in Probes.Index())
        {
            Assert.Equal(grey[index], (double)varied[0, 0, row, column].AsSingle(), 0.002);
            Assert.Equal(classes[index], moved[0, row, column].ToInt32());
        }
    }

    private static int Grey(int row, int column) => ((37 * row) + (11 * column) + (row * column)) % 256;

    private static int Class(int row, int column) => ((row / 3) + (column / 3)) % 5;
}
