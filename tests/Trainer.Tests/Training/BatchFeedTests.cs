using OrganSeg.Trainer.Tests.Support;
using OrganSeg.Trainer.Training;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Tests.Training;

public sealed class BatchFeedTests
{
    [Fact]
    public async Task TakeAsync_SmallerSize_AveragesGreyValuesAndPicksTheLabelsInTheMiddle()
    {
        using var slices = TinyData.Slices(2);
        var spec = TinyData.Specification with { Variation = new() };
        await using var feed = new BatchFeed(spec, slices);

        using var whole = (await feed.TakeAsync(0, [0, 1], following: [1, 0], TinyData.Size))[0];
        // What was prepared for the full size is not what the step gets.
        using var half = (await feed.TakeAsync(1, [1, 0], following: null, TinyData.Size / 2))[0];

        using var scope = NewDisposeScope();
        Assert.Equal([2L, 1, 16, 16], half.Images.shape);
        Assert.Equal([2L, 16, 16], half.Labels.shape);
        var (images, labels) = (whole.Images.to(float32), whole.Labels);
        for (var (y, x) = (0, 5); y < 16; y++)
        {
            float[] pixels = [.. new[] { (0, 0), (0, 1), (1, 0), (1, 1) }.Select(at => images[1, 0, (2 * y) + at.Item1, (2 * x) + at.Item2].item<float>())];
            Assert.Equal(pixels.Average(), half.Images[0, 0, y, x].item<float>(), 1e-3);
            Assert.Equal(labels[1, (2 * y) + 1, (2 * x) + 1].item<byte>(), half.Labels[0, y, x].item<byte>());
        }
    }
}
