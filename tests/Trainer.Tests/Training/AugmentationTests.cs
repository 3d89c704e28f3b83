using OrganSeg.Trainer.Tests.Support;
using OrganSeg.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Tests.Training;

public sealed class AugmentationTests
{
    [Fact]
    public void Mild_MovesSliceAndLabelsAlike()
    {
        using var scope = NewDisposeScope();
        using var slices = TinyData.Slices(6);
        var (images, labels) = slices.Batch([0, 1, 2, 3, 4, 5]);

        var (moved, classes) = Augmentation.Mild(images, labels, new SeededRandom(5));

        Assert.Equal(uint8, classes.dtype);
        Assert.Equal(labels.shape, classes.shape);
        Assert.NotEqual(labels.data<byte>().ToArray(), classes.data<byte>().ToArray());

        // Organs are brighter by steps of 45, so the grey under each moved label still tells its class.
        for (byte organ = 1; organ <= 4; organ++)
        {
            var under = moved.squeeze(1).masked_select(classes.eq(organ)).median().ToSingle();
            Assert.InRange(under, (40 + 45 * organ) * 0.9 - 12, (56 + 45 * organ) * 1.1 + 12);
        }
    }

    [Fact]
    public void Mild_SameRandom_GivesTheSame()
    {
        using var scope = NewDisposeScope();
        using var slices = TinyData.Slices(2);
        var (images, labels) = slices.Batch([0, 1]);

        var first = Augmentation.Mild(images, labels, new SeededRandom(5));
        var second = Augmentation.Mild(images, labels, new SeededRandom(5));

        Assert.Equal(first.Images.data<float>().ToArray(), second.Images.data<float>().ToArray());
        Assert.Equal(first.Labels.data<byte>().ToArray(), second.Labels.data<byte>().ToArray());
    }
}
