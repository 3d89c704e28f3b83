using System.Buffers.Binary;
using System.IO.Compression;

namespace OrganSeg.Imaging.Volumes;

/// <summary>Writes label volumes as NIfTI-1 files with a header of their own, for volumes that came without one.</summary>
internal static class NiftiLabels
{
    private const int DataOffset = NiftiHeader.Size1 + 4;
    private const short Scanner = 1;
    private const short LabelIntent = 1002;
    private const byte Millimetres = 2;

    public static async Task WriteAsync(Stream stream, LabelVolume labels, bool compress, CancellationToken cancellationToken)
    {
        if (!compress)
        {
            await WriteAsync(stream, labels, cancellationToken);
            return;
        }

        await using var packed = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
        await WriteAsync(packed, labels, cancellationToken);
    }

    /// <summary>The header and the four bytes that say that no extension follows.</summary>
    public static byte[] Header(VolumeGeometry geometry)
    {
        var header = new byte[DataOffset];
        Int32(0, NiftiHeader.Size1);
        Int16(40, 3);
        for (var axis = 0; axis < 7; axis++)
        {
            Int16(42 + (2 * axis), axis < 3 ? (short)geometry.Lengths[axis] : (short)1);
        }

        Int16(68, LabelIntent);
        Int16(70, (short)VoxelType.UInt8);
        Int16(72, 8);
        Single(108, DataOffset);
        Single(112, 1);
        header[123] = Millimetres;
        // An affine with shear, as of a tilted gantry, has no quaternion; the sform says it all.
        Int16(254, Scanner);
        for (var i = 0; i < 12; i++)
        {
            Single(280 + (4 * i), geometry.Affine[i]);
        }

        Single(76, 1);
        for (var axis = 0; axis < 3; axis++)
        {
            Single(80 + (4 * axis), Math.Sqrt(Enumerable.Range(0, 3).Sum(row => geometry.Affine[(4 * row) + axis] * geometry.Affine[(4 * row) + axis])));
        }

        "n+1\0"u8.CopyTo(header.AsSpan(344));
        return header;

        void Int16(int offset, short value) => BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(offset), value);

        void Int32(int offset, int value) => BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(offset), value);

        void Single(int offset, double value) => BinaryPrimitives.WriteSingleLittleEndian(header.AsSpan(offset), (float)value);
    }

    private static async Task WriteAsync(Stream stream, LabelVolume labels, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(Header(labels.Geometry), cancellationToken);
        foreach (var plane in labels.Planes)
        {
            await stream.WriteAsync(plane, cancellationToken);
        }
    }
}
