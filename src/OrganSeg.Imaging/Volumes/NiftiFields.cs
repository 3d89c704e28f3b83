using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace OrganSeg.Imaging.Volumes;

/// <summary>Puts numbers into a NIfTI header in its byte order.</summary>
internal readonly ref struct NiftiFields(Span<byte> bytes, bool bigEndian)
{
    public const short LabelIntent = 1002;

    private readonly Span<byte> _bytes = bytes;

    /// <summary>Magic of NIfTI-1 whose voxels are in the same file.</summary>
    public static ReadOnlySpan<byte> Single1 => "n+1\0"u8;

    /// <summary>Magic of NIfTI-2 whose voxels are in the same file, with what shows whether a transfer changed line ends.</summary>
    public static ReadOnlySpan<byte> Single2 => "n+2\0\r\n\u001a\n"u8;

    /// <summary>Turns the bytes of every number around.</summary>
    /// <param name="bytes">Numbers one after another.</param>
    /// <param name="size">Bytes of a number: 1, 2, 4 or 8.</param>
    public static void Swap(Span<byte> bytes, int size)
    {
        switch (size)
        {
            case 2:
                var shorts = MemoryMarshal.Cast<byte, short>(bytes);
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case 4:
                var ints = MemoryMarshal.Cast<byte, int>(bytes);
                BinaryPrimitives.ReverseEndianness(ints, ints);
                break;
            case 8:
                var longs = MemoryMarshal.Cast<byte, long>(bytes);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
        }
    }

    public void Int16(int offset, short value)
    {
        if (bigEndian)
        {
            BinaryPrimitives.WriteInt16BigEndian(_bytes[offset..], value);
        }
        else
        {
            BinaryPrimitives.WriteInt16LittleEndian(_bytes[offset..], value);
        }
    }

    public void Int32(int offset, int value)
    {
        if (bigEndian)
        {
            BinaryPrimitives.WriteInt32BigEndian(_bytes[offset..], value);
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(_bytes[offset..], value);
        }
    }

    public void Int64(int offset, long value)
    {
        if (bigEndian)
        {
            BinaryPrimitives.WriteInt64BigEndian(_bytes[offset..], value);
        }
        else
        {
            BinaryPrimitives.WriteInt64LittleEndian(_bytes[offset..], value);
        }
    }

    public void Float32(int offset, float value) => Int32(offset, BitConverter.SingleToInt32Bits(value));

    public void Float64(int offset, double value) => Int64(offset, BitConverter.DoubleToInt64Bits(value));
}
