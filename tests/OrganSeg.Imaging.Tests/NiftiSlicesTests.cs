using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using OrganSeg.Imaging.Volumes;

namespace OrganSeg.Imaging.Tests;

/// <summary>Slices that become volumes, read back by the reader of volumes and byte by byte.</summary>
public sealed class NiftiSlicesTests
{
    private static readonly ByteImage[] Slices =
        [.. Enumerable.Range(0, 3).Select(slice => new ByteImage(4, 2, [.. Enumerable.Range(0, 8).Select(i => (byte)((slice * 80) + (i * 11)))]))];

    [Fact]
    public async Task WriteGrey_WithAWindow_IsInHuAndComesBack()
    {
        var volume = await ReadAsync(NiftiSlices.WriteGrey(Slices, (0.75, 1.5, 3), (-125, 275), "a note"));

        Assert.Equal([4, 2, 3], volume.Geometry.Lengths);
        Assert.Equal([-0.75, 0, 0, 0, 0, -1.5, 0, 0, 0, 0, 3, 0], volume.Geometry.Affine);
        for (var i = 0; i < Slices.Length; i++)
        {
            Assert.Equal(Slices[i].Pixels, volume.Window(i, -125, 275).Pixels);
        }

        // By hand: grey 51 of 255 is −125 + 51 · 400/255 = −45 HU, so that a window from there on shows it black.
        Assert.Equal(0, (await ReadAsync(NiftiSlices.WriteGrey([new ByteImage(1, 1, [51])], (1, 1, 1), (-125, 275), ""))).Window(0, -45, 0).Pixels[0]);
        Assert.Equal(255, (await ReadAsync(NiftiSlices.WriteGrey([new ByteImage(1, 1, [51])], (1, 1, 1), (-125, 275), ""))).Window(0, -100, -45).Pixels[0]);
    }

    // Offsets of nifti1.h: intent_code 68, scl_slope 112, descrip 148; voxels from 352 on, the first axis fastest.
    [Fact]
    public void Write_HeaderAndVoxels_AreWhereTheStandardHasThem()
    {
        var grey = Unpack(NiftiSlices.WriteGrey(Slices, (1, 1, 1), null, "a note"));
        var labels = Unpack(NiftiSlices.WriteLabels(Slices, (1, 1, 1), new string('x', 100)));

        Assert.Equal((0, 1002), (Int16(grey, 68), Int16(labels, 68)));
        Assert.Equal((1f, 0f), (BinaryPrimitives.ReadSingleLittleEndian(grey.AsSpan(112)), BinaryPrimitives.ReadSingleLittleEndian(grey.AsSpan(116))));
        Assert.Equal("a note\0", Encoding.ASCII.GetString(grey, 148, 7));
        Assert.Equal(new string('x', 79) + "\0", Encoding.ASCII.GetString(labels, 148, 80));
        Assert.Equal(Slices.SelectMany(slice => slice.Pixels), grey.Skip(352));
        Assert.Equal(Slices.SelectMany(slice => slice.Pixels), labels.Skip(352));

        static int Int16(byte[] file, int offset) => BinaryPrimitives.ReadInt16LittleEndian(file.AsSpan(offset));
    }

    [Fact]
    public void Write_NoSliceOrOtherSizes_Throws()
    {
        Assert.Throws<ArgumentException>(() => NiftiSlices.WriteLabels([], (1, 1, 1), ""));
        Assert.Throws<ArgumentException>(() => NiftiSlices.WriteLabels([new ByteImage(4, 2), new ByteImage(2, 4)], (1, 1, 1), ""));
    }

    private static async Task<Volume> ReadAsync(byte[] file) =>
        (await NiftiVolume.ReadAsync(new MemoryStream(file), "volume.nii.gz", 1 << 20, TestContext.Current.CancellationToken)).Volume;

    private static byte[] Unpack(byte[] file)
    {
        var unpacked = new MemoryStream();
        using var packed = new GZipStream(new MemoryStream(file), CompressionMode.Decompress);
        packed.CopyTo(unpacked);
        return unpacked.ToArray();
    }
}
