using OrganSeg.Evaluator.Honesty;
using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Tests.Honesty;

/// <summary>Descriptors and the check at full size.</summary>
public sealed class SliceSimilarityTests
{
    [Fact]
    public void Of_ByHand_PearsonCorrelationOfTheBestShift()
    {
        // The right image is the left one moved by one column, with a new first one.
        var left = new ByteImage(4, 4, [9, 1, 7, 3, 2, 8, 4, 6, 5, 5, 1, 9, 7, 2, 6, 0]);
        var moved = new ByteImage(4, 4, [50, 9, 1, 7, 60, 2, 8, 4, 70, 5, 5, 1, 80, 7, 2, 6]);

        Assert.Equal(1, SliceSimilarity.Of(left, moved), 1e-6);
        Assert.Equal(1, SliceSimilarity.Of(moved, left), 1e-6);
    }

    [Fact]
    public void Of_ContrastTurnedAround_NotAlike()
    {
        var left = Ramp(40, x => x * 5);
        var inverse = Ramp(40, x => 255 - (x * 5));
        var brighter = Ramp(40, x => 30 + (x * 2));

        Assert.Equal(-1, SliceSimilarity.Of(left, inverse), 1e-6);
        Assert.Equal(1, SliceSimilarity.Of(left, brighter), 1e-6);
    }

    [Fact]
    public void Of_OneGreyValue_Zero() => Assert.Equal(0, SliceSimilarity.Of(Ramp(40, _ => 7), Ramp(40, x => x)));

    [Fact]
    public void Of_OtherSize_Throws() =>
        Assert.Throws<ArgumentException>(() => SliceSimilarity.Of(new ByteImage(40, 40), new ByteImage(41, 40)));

    // Each row rises from 0 to 155 in cells of five pixels: mean 77.5, variance (32² − 1)/12 · 25.
    [Fact]
    public void TryDescribe_CellsOfWholePixels_CentredAndOfLengthOne()
    {
        var descriptor = new float[SliceDescriptor.Length];

        Assert.True(SliceDescriptor.TryDescribe(Ramp(160, x => x / 5 * 5), descriptor));

        var deviation = Math.Sqrt((1024 - 1) / 12.0) * 5;
        for (var cell = 0; cell < SliceDescriptor.Length; cell++)
        {
            Assert.Equal(((cell % 32 * 5) - 77.5) / (deviation * 32), descriptor[cell], 1e-6);
        }
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(7, false)]
    [InlineData(9, true)]
    public void TryDescribe_HalfBrighterBy_ShowsSomethingFromSpreadFour(int contrast, bool shows) =>
        Assert.Equal(shows, SliceDescriptor.TryDescribe(Ramp(64, x => x < 32 ? 100 : 100 + contrast), new float[SliceDescriptor.Length]));

    [Theory]
    [InlineData(20)]
    [InlineData(33)]
    [InlineData(224)]
    [InlineData(250)]
    public void TryDescribe_AnySize_SameRampAlike(int size)
    {
        var (one, other) = (new float[SliceDescriptor.Length], new float[SliceDescriptor.Length]);
        Assert.True(SliceDescriptor.TryDescribe(Ramp(size, x => x * 255 / size), one));
        Assert.True(SliceDescriptor.TryDescribe(Ramp(256, x => x * 255 / 256), other));

        Assert.Equal(1, one.Zip(other, (a, b) => (double)a * b).Sum(), 0.005);
    }

    [Fact]
    public void NearestSlices_RandomDescriptors_SameAsSortingAll()
    {
        const int Evaluated = 71, Others = 150, Block = 40;
        var random = new Random(3);
        var (rows, others) = (Descriptors(Evaluated), Descriptors(Others));
        var nearest = new NearestSlices(rows, 0.02);
        for (var first = 0; first < Others; first += Block)
        {
            var length = Math.Min(Block, Others - first) * SliceDescriptor.Length;
            nearest.Compare(others.AsMemory(first * SliceDescriptor.Length, length), first);
        }

        for (var row = 0; row < Evaluated; row++)
        {
            var expected = Enumerable.Range(0, Others)
                .Select(other => (Other: other, Similarity: Dot(row, other)))
                .Where(pair => pair.Similarity >= 0.02)
                .OrderByDescending(pair => pair.Similarity)
                .Take(NearestSlices.Kept)
                .Select(pair => pair.Other);
            Assert.Equal(expected, nearest.Of(row).Select(found => found.Other));
        }

        float[] Descriptors(int count) =>
            [.. Enumerable.Range(0, count * SliceDescriptor.Length).Select(_ => (float)(random.NextDouble() - 0.5) / 9)];

        double Dot(int row, int other) => Enumerable.Range(0, SliceDescriptor.Length)
            .Sum(i => (double)rows[(row * SliceDescriptor.Length) + i] * others[(other * SliceDescriptor.Length) + i]);
    }

    // Copies lie above both thresholds, every tenth slice of each patient; the margins are those of docs/evaluation.md.
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

        Assert.InRange(most, 0.75, NearDuplicateSearch.Threshold - 0.05);
    }

    private static double DescriptorsAlike(ByteImage first, ByteImage second)
    {
        var (one, other) = (new float[SliceDescriptor.Length], new float[SliceDescriptor.Length]);
        Assert.True(SliceDescriptor.TryDescribe(first, one));
        Assert.True(SliceDescriptor.TryDescribe(second, other));
        return System.Numerics.Tensors.TensorPrimitives.Dot<float>(one, other);
    }

    private static ByteImage Ramp(int size, Func<int, int> grey) =>
        new(size, size, [.. Enumerable.Range(0, size * size).Select(i => (byte)grey(i % size))]);
}
