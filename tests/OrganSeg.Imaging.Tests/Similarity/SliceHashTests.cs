using OrganSeg.Imaging.Phantoms;
using OrganSeg.Imaging.Similarity;

namespace OrganSeg.Imaging.Tests.Similarity;

/// <summary>Perceptual hashes and the search for the nearest ones.</summary>
public sealed class SliceHashTests
{
    // Of 256 bits: all of the first word, and bits 0 and 63 of the last one.
    [Fact]
    public void DistanceTo_ByHand_CountsDifferingBits()
    {
        var zero = default(SliceHash);
        var other = new SliceHash(ulong.MaxValue, 0, 0, (1UL << 63) | 1);

        Assert.Equal(66, zero.DistanceTo(other));
        Assert.Equal(66, other.DistanceTo(zero));
        Assert.Equal(0, other.DistanceTo(other));
    }

    [Fact]
    public void Of_SliceOfOneGrey_Null() => Assert.Null(SliceHash.Of(new ByteImage(64, 64)));

    // Grey values that are doubled and raised have the same descriptor up to rounding; turned around, all signs change.
    [Fact]
    public void Of_OtherContrast_SameHashAndOfTheNegativeTheOppositeOne()
    {
        var dark = Map(Phantom(0), grey => (byte)(grey / 2));

        var hash = SliceHash.Of(dark)!.Value;

        Assert.Equal(hash, SliceHash.Of(Map(dark, grey => (byte)((2 * grey) + 1)))!.Value);
        Assert.Equal(SliceHash.Bits, hash.DistanceTo(SliceHash.Of(Map(dark, grey => (byte)(255 - grey)))!.Value));
    }

    // Descriptors in the plane of two orthogonal patterns, at a known angle t: on average t/pi of the bits differ, with a standard
    // deviation of sqrt(256 p (1 - p)) bits; within four of them here.
    [Theory]
    [InlineData(10)]
    [InlineData(30)]
    [InlineData(60)]
    [InlineData(90)]
    public void Of_PatternsAtAnAngle_AsManyBitsAsTheTheorySays(int degrees)
    {
        var angle = degrees * Math.PI / 180;
        var first = Pattern(1, 0);
        var second = Pattern(Math.Cos(angle), Math.Sin(angle));

        var distance = SliceHash.Of(first)!.Value.DistanceTo(SliceHash.Of(second)!.Value);

        var share = degrees / 180.0;
        Assert.InRange(distance, (256 * share) - (4 * Math.Sqrt(256 * share * (1 - share))), (256 * share) + (4 * Math.Sqrt(256 * share * (1 - share))));
    }

    // The few nearest, by sorting all; in blocks and at once.
    [Fact]
    public void NearestHashes_RandomHashes_SameAsSortingAll()
    {
        const int Rows = 301, Others = 500, Block = 90;
        var random = new Random(3);
        SliceHash[] others = [.. Enumerable.Range(0, Others).Select(_ => Draw())];
        SliceHash[] rows = [.. Enumerable.Range(0, Rows).Select(row => Disturb(others[row % 17], row % 60))];
        var nearest = new NearestHashes(rows);
        for (var first = 0; first < Others; first += Block)
        {
            nearest.Compare(others.AsMemory(first, Math.Min(Block, Others - first)), first);
        }

        for (var row = 0; row < Rows; row++)
        {
            var expected = Enumerable.Range(0, Others)
                .Where(other => rows[row].DistanceTo(others[other]) <= SliceHash.CandidateDistance)
                .OrderBy(other => rows[row].DistanceTo(others[other]))
                .Take(NearestHashes.Kept);
            Assert.Equal(expected, nearest.Of(row));
        }

        SliceHash Draw() => new((ulong)random.NextInt64(), (ulong)random.NextInt64(), (ulong)random.NextInt64(), (ulong)random.NextInt64());

        SliceHash Disturb(SliceHash hash, int bits) => hash with { A = hash.A ^ (bits >= 64 ? ulong.MaxValue : (1UL << bits) - 1) };
    }

    [Fact]
    public void NearestHashes_MoreAlikeThanAreKept_TheNearestInTheirOrder()
    {
        SliceHash[] others = [new(0xF, 0, 0, 0), new(1, 0, 0, 0), new(7, 0, 0, 0), new(2, 0, 0, 0), default];
        var nearest = new NearestHashes([default]);

        nearest.Compare(others, 0);

        Assert.Equal([4, 1, 3], nearest.Of(0));
    }

    private static ByteImage Phantom(int patient) => new PhantomGenerator(7).Patient(patient, 3, 128).ElementAt(1).Image;

    private static ByteImage Map(ByteImage image, Converter<byte, byte> grey) =>
        new(image.Width, image.Height, Array.ConvertAll(image.Pixels, grey));

    // Checks in x and in y, which are orthogonal, over one pixel a cell.
    private static ByteImage Pattern(double x, double y) => new(32, 32, [.. Enumerable.Range(0, 1024)
        .Select(i => (byte)Math.Round(128 + (60 * ((i % 2 == 0 ? x : -x) + (i / 32 % 2 == 0 ? y : -y)))))]);
}
