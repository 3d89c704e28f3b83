using OrganSeg.Imaging.Similarity;

namespace OrganSeg.Imaging.Tests.Similarity;

/// <summary>Descriptors and the comparison at full size.</summary>
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

    private static ByteImage Ramp(int size, Func<int, int> grey) =>
        new(size, size, [.. Enumerable.Range(0, size * size).Select(i => (byte)grey(i % size))]);
}
