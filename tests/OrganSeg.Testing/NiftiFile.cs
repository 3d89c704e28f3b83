using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace OrganSeg.Testing;

/// <summary>Writes NIfTI files by the offsets of nifti1.h and nifti2.h, apart from the code under test.</summary>
public static class NiftiFile
{
    /// <summary>A single-file NIfTI of int16 voxels with an sform.</summary>
    /// <param name="lengths">Voxels along the file's axes.</param>
    /// <param name="affine">Row-major 3×4, millimetres.</param>
    /// <param name="voxels">First axis fastest.</param>
    /// <param name="second">Whether to write NIfTI-2.</param>
    /// <param name="bigEndian">Byte order.</param>
    /// <param name="slope">Of the stored numbers.</param>
    /// <param name="intercept">Of the stored numbers.</param>
    public static byte[] Write(
        int[] lengths, double[] affine, short[] voxels, bool second = false, bool bigEndian = false, double slope = 1, double intercept = 0) =>
        Write(lengths, affine, 4, 2, MemoryMarshal.AsBytes(voxels.AsSpan()).ToArray(), second, bigEndian, slope, intercept);

    /// <summary>A single-file NIfTI of any scalar type with an sform.</summary>
    /// <param name="lengths">Voxels along the file's axes.</param>
    /// <param name="affine">Row-major 3×4, millimetres.</param>
    /// <param name="datatype">NIfTI's code.</param>
    /// <param name="size">Bytes of a number.</param>
    /// <param name="voxels">Little-endian numbers, first axis fastest.</param>
    /// <param name="second">Whether to write NIfTI-2.</param>
    /// <param name="bigEndian">Byte order.</param>
    /// <param name="slope">Of the stored numbers.</param>
    /// <param name="intercept">Of the stored numbers.</param>
    public static byte[] Write(
        int[] lengths, double[] affine, int datatype, int size, byte[] voxels, bool second, bool bigEndian, double slope = 1, double intercept = 0)
    {
        var header = second ? 540 : 348;
        var file = new byte[header + 4 + voxels.Length];
        Put(0, header, 4);
        (second ? "n+2\0\r\n\u001a\n"u8 : "n+1\0"u8).CopyTo(file.AsSpan(second ? 4 : 344));
        Put(second ? 12 : 70, datatype, 2);
        Put(second ? 14 : 72, 8 * size, 2);
        var (dim, dimSize) = second ? (16, 8) : (40, 2);
        Put(dim, 3, dimSize);
        for (var axis = 0; axis < 7; axis++)
        {
            Put(dim + ((axis + 1) * dimSize), axis < 3 ? lengths[axis] : 1, dimSize);
        }

        for (var axis = 0; axis < 3; axis++)
        {
            var step = Math.Sqrt(Enumerable.Range(0, 3).Sum(row => affine[(4 * row) + axis] * affine[(4 * row) + axis]));
            Real((second ? 104 : 76) + ((axis + 1) * Size()), step);
        }

        if (second)
        {
            Put(168, header + 4, 8);
        }
        else
        {
            Real(108, header + 4);
        }

        Real(second ? 176 : 112, slope);
        Real(second ? 184 : 116, intercept);
        Put(second ? 348 : 254, 1, second ? 4 : 2);
        for (var i = 0; i < 12; i++)
        {
            Real((second ? 400 : 280) + (i * Size()), affine[i]);
        }

        voxels.CopyTo(file, header + 4);
        for (var i = header + 4; bigEndian && i < file.Length; i += size)
        {
            file.AsSpan(i, size).Reverse();
        }

        return file;

        int Size() => second ? 8 : 4;

        void Real(int offset, double value) =>
            Put(offset, second ? BitConverter.DoubleToInt64Bits(value) : BitConverter.SingleToInt32Bits((float)value), Size());

        void Put(int offset, long value, int length)
        {
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            bytes = bytes[..length];
            if (bigEndian)
            {
                bytes.Reverse();
            }

            bytes.CopyTo(file.AsSpan(offset));
        }
    }

    /// <summary>A file as .nii.gz.</summary>
    public static byte[] Compress(byte[] file)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(file);
        }

        return packed.ToArray();
    }

    /// <summary>A .nii.gz unpacked.</summary>
    public static byte[] Unpack(byte[] file)
    {
        using var whole = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(file), CompressionMode.Decompress);
        gzip.CopyTo(whole);
        return whole.ToArray();
    }
}
