using OrganSeg.Torch;
using OrganSeg.Trainer.Specifications;
using OrganSeg.Trainer.Tests.Support;
using OrganSeg.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Tests.Training;

public sealed class AugmentationTests
{
    [Fact]
    public void Apply_Mild_MovesSliceAndLabelsAlike()
    {
        using var scope = NewDisposeScope();
        using var slices = TinyData.Slices(6);
        var (images, labels) = slices.Batch([0, 1, 2, 3, 4, 5]);

        var (moved, classes) = Augmentation.Apply(AugmentationOptions.Of(AugmentationKind.Mild), images, labels, new SeededRandom(5));

        Assert.Equal(uint8, classes.dtype);
        Assert.Equal(labels.shape, classes.shape);
        Assert.NotEqual(labels.data<byte>().ToArray(), classes.data<byte>().ToArray());

        // Organs are brighter by steps of 45, so the grey under each moved label still tells its class.
        for (byte organ = 1; organ <= 4; organ++)
        {
            var under = moved.squeeze(1).masked_select(classes.eq(organ)).median().AsSingle();
            Assert.InRange(under, (40 + 45 * organ) * 0.9 - 12, (56 + 45 * organ) * 1.1 + 12);
        }
    }

    [Fact]
    public void Apply_SameRandom_GivesTheSame()
    {
        using var scope = NewDisposeScope();
        using var slices = TinyData.Slices(2);
        var (images, labels) = slices.Batch([0, 1]);
        var strong = AugmentationOptions.Of(AugmentationKind.Strong) with { CutOut = 0.3, Flip = 0.5 };

        var first = Augmentation.Apply(strong, images, labels, new SeededRandom(5));
        var second = Augmentation.Apply(strong, images, labels, new SeededRandom(5));

        Assert.Equal(first.Images.data<float>().ToArray(), second.Images.data<float>().ToArray());
        Assert.Equal(first.Labels.data<byte>().ToArray(), second.Labels.data<byte>().ToArray());
    }

    [Fact]
    public void Apply_OneOptionMore_LeavesTheOthersDrawsAlone()
    {
        using var scope = NewDisposeScope();
        using var slices = TinyData.Slices(4);
        var (images, labels) = slices.Batch([0, 1, 2, 3]);
        var mild = AugmentationOptions.Of(AugmentationKind.Mild);

        var plain = Augmentation.Apply(mild, images, labels, new SeededRandom(5));
        var noisy = Augmentation.Apply(mild with { Noise = 10, BlurPixels = 1, Gamma = 0.2 }, images, labels, new SeededRandom(5));

        Assert.Equal(plain.Labels.data<byte>().ToArray(), noisy.Labels.data<byte>().ToArray());
        Assert.NotEqual(plain.Images.data<float>().ToArray(), noisy.Images.data<float>().ToArray());
    }

    [Fact]
    public void Apply_Flip_ExchangesLeftAndRightExactly()
    {
        using var scope = NewDisposeScope();
        using var slices = TinyData.Slices(1);
        var (images, labels) = slices.Batch([0]);

        var (moved, classes) = Augmentation.Apply(new AugmentationOptions { Flip = 1 }, images, labels, new SeededRandom(1));

        Assert.True(moved.sub(images.to(float32).flip(3)).abs().max().AsSingle() < 1e-3);
        Assert.True(classes.eq(labels.flip(2)).all().item<bool>());
    }

    [Fact]
    public void Apply_QuarterTurn_PutsAPixelWhereItBelongs()
    {
        using var scope = NewDisposeScope();
        var images = zeros([1, 1, 5, 5], uint8);
        var labels = zeros([1, 5, 5], uint8);
        images[0, 0, 0, 2] = 200;
        labels[0, 0, 2] = 3;

        // Either way round, within two degrees.
        var (moved, classes) = Augmentation.Apply(
            new AugmentationOptions { RotationDegrees = 90 }, images, labels, NearTheEnd(90));

        var (row, column) = Position(classes[0].eq(3));
        Assert.True((row, column) is (2, 0) or (2, 4), $"{row}, {column}");
        Assert.InRange(moved[0, 0, row, column].AsSingle(), 150, 200.1);
    }

    [Fact]
    public void Draw_Ranges_AreKeptAndReached()
    {
        var options = AugmentationOptions.Of(AugmentationKind.Strong) with { CutOut = 0.4, Flip = 0.5 };
        var random = new SeededRandom(11);
        var draws = Enumerable.Range(0, 4000).Select(_ => SliceVariation.Draw(options, ref random, 0.25)).ToArray();

        Within(draws.Select(draw => (double)draw.Gain), 0.8, 1.2);
        Within(draws.Select(draw => (double)draw.Offset), -20, 20);
        Within(draws.Where(draw => draw.Gamma != 1).Select(draw => draw.Gamma), 0.7, 1.3);
        Within(draws.Where(draw => draw.Noise > 0).Select(draw => draw.Noise), 0, 8);
        Within(draws.Where(draw => draw.BlurPixels > 0).Select(draw => draw.BlurPixels), 0, 1);
        Within(draws.Where(draw => draw.Resolution < 1).Select(draw => draw.Resolution), 0.5, 1);
        Within(draws.Where(draw => draw.CutOut > 0).Select(draw => draw.CutOut), 0, 0.4);
        Within(draws.Select(draw => Math.Sqrt(Math.Abs((draw.Affine[0] * draw.Affine[4]) - (draw.Affine[1] * draw.Affine[3])))), 0.8, 1.2);

        // One in four, within five deviations of a binomial of 4,000.
        Assert.InRange(draws.Count(draw => draw.Noise > 0), 863, 1137);
        Assert.InRange(draws.Count(draw => (draw.Affine[0] * draw.Affine[4]) - (draw.Affine[1] * draw.Affine[3]) < 0), 1842, 2158);
    }

    [Fact]
    public void Apply_Noise_HasTheDrawnDeviation()
    {
        using var scope = NewDisposeScope();
        var images = full([16, 1, 64, 64], 128, uint8);
        var labels = zeros([16, 64, 64], uint8);
        var options = new AugmentationOptions { Noise = 10 };
        var random = new SeededRandom(3);
        var deviations = Enumerable.Range(0, 16).Select(_ => SliceVariation.Draw(options, ref random, 0.25).Noise).ToArray();

        var (noisy, _) = Augmentation.Apply(options, images, labels, new SeededRandom(3));

        Assert.Contains(deviations, deviation => deviation > 0);
        for (var i = 0; i < deviations.Length; i++)
        {
            // 4,096 values: the deviation is known to about 1 %.
            Assert.Equal(deviations[i], noisy[i].std().AsSingle(), Math.Max(1e-3, 0.06 * deviations[i]));
        }
    }

    [Fact]
    public void Apply_Blur_KeepsTheMeanAndSpreadsAPointByItsVariance()
    {
        using var scope = NewDisposeScope();
        var images = zeros([12, 1, 41, 41], uint8);
        images.index_put_(255, TensorIndex.Colon, TensorIndex.Colon, TensorIndex.Single(20), TensorIndex.Single(20));
        var options = new AugmentationOptions { BlurPixels = 3 };
        var random = new SeededRandom(4);
        var deviations = Enumerable.Range(0, 12).Select(_ => SliceVariation.Draw(options, ref random, 0.25).BlurPixels).ToArray();

        var (blurred, _) = Augmentation.Apply(options, images, zeros([12, 41, 41], uint8), new SeededRandom(4));

        Assert.Contains(deviations, deviation => deviation > 0.8);
        var squares = arange(41).sub(20).pow(2).to(float32).reshape(1, 41);
        for (var i = 0; i < deviations.Length; i++)
        {
            var mass = blurred[i, 0];
            Assert.Equal(255, mass.sum().AsSingle(), 0.05);
            if (deviations[i] > 0.8)
            {
                // Along one axis a Gaussian's variance; cut at three deviations it loses some 3 %.
                var variance = mass.mul(squares).sum().AsSingle() / 255;
                Assert.InRange(variance / (deviations[i] * deviations[i]), 0.93, 1.05);
            }
        }
    }

    [Fact]
    public void Apply_CutOut_BlackensASquareAndLeavesLabels()
    {
        using var scope = NewDisposeScope();
        var images = full([12, 1, 40, 40], 200, uint8);
        var labels = full([12, 40, 40], 2, uint8);
        var options = new AugmentationOptions { CutOut = 0.5 };
        var random = new SeededRandom(6);
        var draws = Enumerable.Range(0, 12).Select(_ => SliceVariation.Draw(options, ref random, 0.25)).ToArray();

        var (cut, classes) = Augmentation.Apply(options, images, labels, new SeededRandom(6));

        Assert.Contains(draws, draw => draw.CutOut > 0.1);
        for (var i = 0; i < draws.Length; i++)
        {
            var side = (int)(draws[i].CutOut * 40);
            Assert.Equal(side * side, cut[i].eq(0).sum().ToInt32());
        }

        Assert.True(classes.eq(2).all().item<bool>());
    }

    [Fact]
    public void Apply_LowResolutionAndElastic_ChangeOnlyWhatTheyShould()
    {
        using var scope = NewDisposeScope();
        using var slices = TinyData.Slices(8);
        var (images, labels) = slices.Batch([0, 1, 2, 3, 4, 5, 6, 7]);

        var coarse = Augmentation.Apply(new AugmentationOptions { LowResolution = 0.7 }, images, labels, new SeededRandom(2));
        var bent = Augmentation.Apply(new AugmentationOptions { ElasticPixels = 4 }, images, labels, new SeededRandom(2));

        Assert.True(coarse.Labels.eq(labels).all().item<bool>());
        Assert.False(coarse.Images.eq(images).all().item<bool>());
        // Averaging and stretching keep the mean, up to the border.
        Assert.Equal(images.to(float32).mean().AsSingle(), coarse.Images.mean().AsSingle(), 2.0);
        Assert.False(bent.Labels.eq(labels).all().item<bool>());
        // No label moves by more than the control points do: within four pixels of itself (nine by nine) the class is there.
        for (byte organ = 1; organ <= 4; organ++)
        {
            var around = nn.functional.max_pool2d(labels.eq(organ).to(float32), 11, 1, 5);
            Assert.True(bent.Labels.eq(organ).to(float32).le(around).all().item<bool>());
        }
    }

    private static void Within(IEnumerable<double> values, double low, double high)
    {
        var all = values.ToArray();
        Assert.All(all, value => Assert.InRange(value, low - 1e-5, high + 1e-5));
        Assert.True(all.Min() < low + (0.05 * (high - low)) && all.Max() > high - (0.05 * (high - low)), $"{all.Min()} to {all.Max()}");
    }

    /// <summary>A random whose first draw of the rotation is within two degrees of either end.</summary>
    private static SeededRandom NearTheEnd(double range)
    {
        for (ulong seed = 0; ; seed++)
        {
            var random = new SeededRandom(seed);
            if (Math.Abs(random.NextDouble(-range, range)) > range - 2)
            {
                return new SeededRandom(seed);
            }
        }
    }

    private static (long Row, long Column) Position(Tensor mask)
    {
        var found = mask.nonzero();
        Assert.Equal(1, found.shape[0]);
        return (found[0, 0].ToInt64(), found[0, 1].ToInt64());
    }
}
