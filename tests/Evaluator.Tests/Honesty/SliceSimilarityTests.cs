using OrganSeg.Imaging;
using OrganSeg.Imaging.Similarity;

namespace OrganSeg.Evaluator.Tests.Honesty;

/// <summary>How alike real slices are, on which the thresholds rest.</summary>
public sealed class SliceSimilarityTests
{
    // Copies lie above both thresholds, every tenth slice of each patient; the margins are those of docs/evaluation.md. By the descriptors'
    // angle at .975, 18.3 ± 4.1 of the 256 bits differ.
    [Fact]
    public void Of_JitteredRealSlices_AboveTheThresholds()
    {
        foreach (var (image, index) in Btcv.Read().SelectMany(one => one.Slices).Where((_, i) => i % 10 == 0).Select((slice, i) => (slice.Image, i)))
        {
            ByteImage[] copies =
            [
                Jitter.Noise(image, index),
                Jitter.Shift(image, 1, -1),
                Jitter.Jpeg(image, 40),
                Jitter.Window(image, -160, 240),
                Jitter.Noise(Jitter.Jpeg(Jitter.Shift(image, -1, 0), 75), index),
            ];
            Assert.All(copies, copy =>
            {
                Assert.InRange(SliceSimilarity.Of(image, copy), 0.99, 1);
                Assert.InRange(DescriptorsAlike(image, copy), 0.975, 1.000001);
                Assert.InRange(SliceHash.Of(image)!.Value.DistanceTo(SliceHash.Of(copy)!.Value), 0, 34);
            });
        }
    }

    // Of every patient every sixth slice, against all slices of all other patients.
    [Fact]
    public void Of_RealSlicesOfDifferentPatients_BelowTheThreshold()
    {
        var cases = Btcv.Read();
        var most = 0.0;
        foreach (var one in cases)
        {
            var others = cases.Where(other => other.Case != one.Case).SelectMany(other => other.Slices).Select(slice => slice.Image).ToList();
            foreach (var image in one.Slices.Where((_, i) => i % 6 == 0).Select(slice => slice.Image))
            {
                var nearest = others.MaxBy(other => DescriptorsAlike(image, other))!;
                most = Math.Max(most, SliceSimilarity.Of(image, nearest));
            }
        }

        Assert.InRange(most, 0.75, SliceSimilarity.Threshold(Btcv.Size) - 0.05);
    }

    private static double DescriptorsAlike(ByteImage first, ByteImage second)
    {
        var (one, other) = (new float[SliceDescriptor.Length], new float[SliceDescriptor.Length]);
        Assert.True(SliceDescriptor.TryDescribe(first, one));
        Assert.True(SliceDescriptor.TryDescribe(second, other));
        return System.Numerics.Tensors.TensorPrimitives.Dot<float>(one, other);
    }
}
