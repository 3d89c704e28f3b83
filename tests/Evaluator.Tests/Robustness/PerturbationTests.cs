using OrganSeg.Evaluator.Metrics;
using OrganSeg.Evaluator.Robustness;
using OrganSeg.Imaging;
using OrganSeg.Imaging.Phantoms;
using OrganSeg.Storage;

namespace OrganSeg.Evaluator.Tests.Robustness;

/// <summary>Every expected pixel is computed by hand; the arithmetic stands beside it.</summary>
public sealed class PerturbationTests
{
    private static readonly GreyWindow Abdomen = new(-125, 275, true);

    public static TheoryData<string> Names => [.. Perturbations.Names];

    [Theory]
    [InlineData(10, new byte[] { 0, 11, 110, 255, 255 })]
    [InlineData(-10, new byte[] { 0, 0, 90, 240, 255 })]
    public void Shift_EitherWay_ClipsAndKeepsTheEndsOfTheWindow(double offset, byte[] expected) =>
        Assert.Equal(expected, GreyPerturbations.Shift(Row(0, 1, 100, 250, 255), offset).Pixels);

    // 400 HU are 255 grey levels: 40 HU are 25.5, and 100 + 25.5 rounds to 126.
    [Fact]
    public void Series_KnownWindow_ShiftsByHounsfieldUnits()
    {
        var shift = Perturbations.For(Abdomen).Single(p => p.Name == Perturbations.HuShiftUp);

        Assert.Equal("HU", shift.Unit);
        Assert.Equal(40, shift.Severities[3]);
        Assert.Equal([126], shift.Apply(Sample(Row(100), Row(1)), 3, 0).Image.Pixels);
    }

    [Fact]
    public void Series_UnknownWindow_ShiftsByGreyLevels()
    {
        var window = GreyWindow.Of(new PreprocessingRecipe());
        var shift = Perturbations.For(window).Single(p => p.Name == Perturbations.HuShiftDown);

        Assert.False(window.IsKnown);
        Assert.Equal("grey levels", shift.Unit);
        Assert.Equal([75], shift.Apply(Sample(Row(100), Row(1)), 3, 0).Image.Pixels);
    }

    // Weights 1, exp(-2), exp(-8) over their sum 1.27134: .78657, .10645, .00026; times 200: 157.3, 21.3, .05. One row
    // mirrored is that row, so nothing happens from top to bottom.
    [Fact]
    public void Blur_Impulse_SampledGaussian() => Assert.Equal(
        [0, 0, 21, 157, 21, 0, 0], GreyPerturbations.Blur(Row(0, 0, 0, 200, 0, 0, 0), 0.5).Pixels);

    // A row a b c goes on as … c b [a b c] b a …, so the left end sees b and c from both sides:
    // .78657 · 100 + 2 · .10645 · 200 + 2 · .00026 · 255 = 121.4.
    [Fact]
    public void Blur_Border_Mirrored() => Assert.Equal(121, GreyPerturbations.Blur(Row(100, 200, 255), 0.5).Pixels[0]);

    [Fact]
    public void Rotate_NinetyDegrees_ClockwiseForImageAndLabels()
    {
        var source = new ByteImage(3, 3, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
        var warp = new SliceWarp(90, 1);

        byte[] expected = [7, 4, 1, 8, 5, 2, 9, 6, 3];
        Assert.Equal(expected, warp.Image(source).Pixels);
        Assert.Equal(expected, warp.Labels(source).Pixels);
    }

    // About column 2, twice as large: columns 1, 1.5, 2, 2.5, 3. Halves go to the right one for labels.
    [Fact]
    public void Scale_TwiceAsLarge_BilinearImageNearestLabels()
    {
        var warp = new SliceWarp(0, 2);

        Assert.Equal([40, 60, 80, 100, 120], warp.Image(Rows(5, 0, 40, 80, 120, 160)).Row(2).ToArray());
        Assert.Equal([1, 2, 2, 3, 3], warp.Labels(Rows(5, 0, 1, 2, 3, 4)).Row(2).ToArray());
    }

    // Half as large: columns -2, 0, 2, 4, 6, of which the outer ones are outside; likewise rows.
    [Fact]
    public void Scale_HalfAsLarge_BlackAndBackgroundOutside()
    {
        var warp = new SliceWarp(0, 0.5);

        Assert.Equal([0, 10, 80, 160, 0], warp.Image(Rows(5, 10, 40, 80, 120, 160)).Row(2).ToArray());
        Assert.Equal([0, 1, 3, 1, 0], warp.Labels(Rows(5, 1, 2, 3, 2, 1)).Row(1).ToArray());
        Assert.Equal([0, 0, 0, 0, 0], warp.Labels(Rows(5, 1, 2, 3, 2, 1)).Row(0).ToArray());
    }

    // Pairs average to 15 and 35; their centres lie at ½ and 2½, so the pixels between are at a quarter and three quarters.
    [Fact]
    public void LowResolution_Half_AveragedAndStretched() =>
        Assert.Equal([15, 20, 30, 35], LowResolution.Apply(Row(10, 20, 30, 40), 2).Pixels);

    [Fact]
    public void AddNoise_EvenImage_HasTheDeviation()
    {
        var noisy = GreyPerturbations.AddNoise(Even(128), 20, seed: 1);

        // 50,176 samples: the mean is known to 20/√n = .09, the deviation to 20/√(2n) = .06.
        var (mean, deviation) = Moments(noisy);
        Assert.Equal(128, mean, 0.5);
        Assert.Equal(20, deviation, 0.4);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Apply_LevelZero_IsTheSliceItself(string name)
    {
        var sample = Phantom();

        Assert.Same(sample, Find(name).Apply(sample, 0, 7));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Apply_PhantomSlice_DiffersMoreAtEverySeverity(string name)
    {
        var sample = Phantom();
        var perturbation = Find(name);

        var differences = Enumerable.Range(0, perturbation.Severities.Count)
            .Select(level => Difference(sample.Image, perturbation.Apply(sample, level, 7).Image)).ToList();

        Assert.Equal(0, differences[0]);
        Assert.All(differences.Zip(differences.Skip(1)), pair => Assert.True(pair.First < pair.Second, string.Join(", ", differences)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Apply_SameSeed_SamePixelsAndOriginalUntouched(string name)
    {
        var (sample, again) = (Phantom(), Phantom());

        var first = Find(name).Apply(sample, 2, 7);
        var second = Find(name).Apply(again, 2, 7);

        Assert.Equal(first.Image.Pixels, second.Image.Pixels);
        Assert.Equal(first.Labels.Pixels, second.Labels.Pixels);
        Assert.Equal(again.Image.Pixels, sample.Image.Pixels);
        Assert.Equal(again.Labels.Pixels, sample.Labels.Pixels);
    }

    [Theory]
    [InlineData(Perturbations.GaussianNoise)]
    [InlineData(Perturbations.LowDoseNoise)]
    public void Apply_OtherSeedOrSlice_OtherNoise(string name)
    {
        var sample = Phantom();

        var first = Find(name).Apply(sample, 2, 7).Image.Pixels;

        Assert.NotEqual(first, Find(name).Apply(sample, 2, 8).Image.Pixels);
        Assert.NotEqual(first, Find(name).Apply(sample with { Name = "other" }, 2, 7).Image.Pixels);
    }

    [Fact]
    public void SeedOf_NamesThatJoinToTheSame_Differ() => Assert.NotEqual(
        NoiseRandom.SeedOf(1, new SliceId("a", "bc")), NoiseRandom.SeedOf(1, new SliceId("ab", "c")));

    // The image is 50 times the label. Wherever the labels around a pixel are equal, it must be so afterwards.
    [Theory]
    [InlineData(Perturbations.Rotation)]
    [InlineData(Perturbations.Enlargement)]
    [InlineData(Perturbations.Reduction)]
    public void Apply_Geometry_MovesImageAndLabelsAlike(string name)
    {
        var labels = Fixture.Labels(1);
        var sample = Sample(new ByteImage(64, 64, Array.ConvertAll(labels.Pixels, id => (byte)(50 * id))), labels);

        var moved = Find(name).Apply(sample, 4, 7);

        Assert.NotEqual(labels.Pixels, moved.Labels.Pixels);
        var compared = 0;
        for (var y = 2; y < 62; y++)
        {
            for (var x = 2; x < 62; x++)
            {
                var id = moved.Labels.Row(y)[x];
                if (IsEven(moved.Labels, x, y, id))
                {
                    compared++;
                    Assert.Equal(50 * id, moved.Image.Row(y)[x]);
                }
            }
        }

        Assert.True(compared > 1000);
    }

    private static bool IsEven(ByteImage labels, int x, int y, byte id)
    {
        for (var row = y - 2; row <= y + 2; row++)
        {
            if (labels.Row(row).Slice(x - 2, 5).ContainsAnyExcept(id))
            {
                return false;
            }
        }

        return true;
    }

    private static Perturbation Find(string name) => Perturbations.For(Abdomen).Single(p => p.Name == name);

    private static DatasetSample Sample(ByteImage image, ByteImage labels) => new("case", "slice", image, labels);

    private static DatasetSample Phantom()
    {
        var slice = new PhantomGenerator(3).Patient(0, 5, 128).ElementAt(2);
        return Sample(slice.Image, slice.Labels);
    }

    private static double Difference(ByteImage a, ByteImage b) => a.Pixels.Zip(b.Pixels, (x, y) => Math.Abs(x - y)).Average();

    private static (double Mean, double Deviation) Moments(ByteImage image)
    {
        var mean = image.Pixels.Average(grey => grey);
        return (mean, Math.Sqrt(image.Pixels.Average(grey => (grey - mean) * (grey - mean))));
    }

    private static ByteImage Even(byte grey)
    {
        var image = new ByteImage(224, 224);
        image.Pixels.AsSpan().Fill(grey);
        return image;
    }

    private static ByteImage Row(params byte[] pixels) => new(pixels.Length, 1, pixels);

    private static ByteImage Rows(int count, params byte[] row) =>
        new(row.Length, count, [.. Enumerable.Repeat(row, count).SelectMany(pixels => pixels)]);
}
