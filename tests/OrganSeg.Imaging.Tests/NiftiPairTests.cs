using System.Buffers.Binary;
using OrganSeg.Imaging.Volumes;
using OrganSeg.Testing;

namespace OrganSeg.Imaging.Tests;

/// <summary>NIfTI whose header and voxels are files of their own, by nifti1.h and nifti2.h.</summary>
public sealed class NiftiPairTests
{
    private static readonly double[] Affine = [-2, 0, 0, 10, 0, 3, 0, -20, 0, 0, 4, 30];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, false, 0, false)]
    [InlineData(false, true, 16, true)]
    [InlineData(true, false, 7, true)]
    [InlineData(true, true, 0, false)]
    public async Task ReadPair_AnyVersionAndOrder_SameAsTheSingleFile(bool second, bool bigEndian, int offset, bool compressed)
    {
        var single = Single(second, bigEndian);
        var (header, image) = Split(single, second, bigEndian, offset);

        var pair = await ReadAsync(compressed ? NiftiFile.Compress(header) : header, compressed ? NiftiFile.Compress(image) : image);

        using var stream = new MemoryStream(single);
        var expected = (await NiftiVolume.ReadAsync(stream, "single", 1 << 20, Token)).Volume;
        Assert.Equal(expected.Geometry.Affine, pair.Volume.Geometry.Affine);
        Assert.Equal(expected.Planes, pair.Volume.Planes);
        Assert.Equal((2, -1024), (pair.Volume.Slope, pair.Volume.Intercept));
        Assert.Equal(compressed, pair.IsCompressed);
    }

    [Fact]
    public async Task WriteLabels_OfAPair_IsASingleFileInTheSamePlace()
    {
        var (header, image) = Split(Single(second: true, bigEndian: true), second: true, bigEndian: true, 0);
        var pair = await ReadAsync(header, image);
        using var file = new MemoryStream();

        await pair.WriteLabelsAsync(file, new LabelVolume(pair.Volume.Geometry), compress: false, Token);

        file.Position = 0;
        Assert.Equal(pair.Volume.Geometry.Affine, (await NiftiVolume.ReadAsync(file, "labels", 1 << 20, Token)).Volume.Geometry.Affine);
    }

    [Theory]
    [InlineData("single", "magic is of a single file")]
    [InlineData("analyze", "Analyze")]
    [InlineData("offset", "vox_offset is -8, before the file")]
    [InlineData("far offset", "vox_offset is 1000000000; at most 64 MiB")]
    [InlineData("short", "ends before its last voxel")]
    [InlineData("text", "no NIfTI header")]
    [InlineData("large", "at most 1 MiB")]
    public async Task ReadPair_WrongInput_NamesWhatIsWrong(string what, string expected)
    {
        var (header, image) = Split(Single(second: false, bigEndian: false), second: false, bigEndian: false, what == "offset" ? -8 : 0);
        switch (what)
        {
            case "single": "n+1"u8.CopyTo(header.AsSpan(344)); break;
            case "far offset": BinaryPrimitives.WriteSingleLittleEndian(header.AsSpan(108), 1e9f); break;
            case "analyze": header.AsSpan(344, 4).Clear(); break;
            case "short": image = image[..^1]; break;
            case "text": header = "a header of something else"u8.ToArray(); break;
            case "large": (header[44], header[45]) = (0xff, 0x7f); break;
        }

        var error = await Assert.ThrowsAsync<OrganSegException>(() => ReadAsync(header, image));

        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.StartsWith("pair: ", error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public async Task Read_HeaderOfAPairAlone_SaysThatBothAreNeeded()
    {
        var (header, _) = Split(Single(second: false, bigEndian: false), second: false, bigEndian: false, 0);
        using var stream = new MemoryStream(header);

        var error = await Assert.ThrowsAsync<OrganSegException>(() => NiftiVolume.ReadAsync(stream, "a.hdr", 1 << 20, Token));

        Assert.Contains("give its .hdr and .img together", error.Message);
    }

    private static byte[] Single(bool second, bool bigEndian) => NiftiFile.Write(
        [4, 3, 5000], Affine, [.. Enumerable.Range(0, 60000).Select(i => (short)(i - 30000))], second, bigEndian, 2, -1024);

    /// <summary>Header and voxels, which begin after some other bytes.</summary>
    private static (byte[] Header, byte[] Image) Split(byte[] single, bool second, bool bigEndian, int offset)
    {
        var header = single[..(second ? 540 : 348)];
        (second ? "ni2"u8 : "ni1"u8).CopyTo(header.AsSpan(second ? 4 : 344));
        var start = second ? BitConverter.GetBytes((long)offset) : BitConverter.GetBytes((float)offset);
        (bigEndian ? [.. start.Reverse()] : start).CopyTo(header, second ? 168 : 108);
        return (header, [.. new byte[Math.Max(offset, 0)], .. single[(header.Length + 4)..]]);
    }

    private static async Task<NiftiVolume> ReadAsync(byte[] header, byte[] image)
    {
        using var first = new MemoryStream(header);
        using var second = new MemoryStream(image);
        return await NiftiVolume.ReadPairAsync(first, second, "pair", 1 << 20, Token);
    }
}
