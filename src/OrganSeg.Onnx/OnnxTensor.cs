using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace OrganSeg.Onnx;

/// <summary>A constant tensor; its bytes are row-major and little endian, as ONNX stores them.</summary>
public sealed class OnnxTensor
{
    private OnnxTensor(OnnxElementType type, long[] shape, byte[] data)
    {
        Type = type;
        Shape = shape;
        Data = data;
    }

    /// <summary>Type of the elements.</summary>
    public OnnxElementType Type { get; }

    /// <summary>Dimensions; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The elements, row-major, little endian.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>A tensor of floats.</summary>
    /// <exception cref="ArgumentException">The number of values does not match the shape.</exception>
    public static OnnxTensor Floats(ReadOnlySpan<float> values, params ReadOnlySpan<long> shape)
    {
        var data = new byte[values.Length * sizeof(float)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(i * sizeof(float)), values[i]);
        }

        return Checked(OnnxElementType.Float, shape, values.Length, data);
    }

    /// <summary>A tensor of 64-bit integers.</summary>
    /// <exception cref="ArgumentException">The number of values does not match the shape.</exception>
    public static OnnxTensor Int64s(ReadOnlySpan<long> values, params ReadOnlySpan<long> shape)
    {
        var data = new byte[values.Length * sizeof(long)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(data.AsSpan(i * sizeof(long)), values[i]);
        }

        return Checked(OnnxElementType.Int64, shape, values.Length, data);
    }

    /// <summary>A tensor of 32-bit integers.</summary>
    /// <exception cref="ArgumentException">The number of values does not match the shape.</exception>
    public static OnnxTensor Int32s(ReadOnlySpan<int> values, params ReadOnlySpan<long> shape)
    {
        var data = new byte[values.Length * sizeof(int)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(data.AsSpan(i * sizeof(int)), values[i]);
        }

        return Checked(OnnxElementType.Int32, shape, values.Length, data);
    }

    /// <summary>A tensor of bytes, 0 to 255.</summary>
    /// <exception cref="ArgumentException">The number of values does not match the shape.</exception>
    public static OnnxTensor Bytes(ReadOnlySpan<byte> values, params ReadOnlySpan<long> shape) =>
        Checked(OnnxElementType.UInt8, shape, values.Length, values.ToArray());

    /// <summary>A tensor of signed bytes, −128 to 127.</summary>
    /// <exception cref="ArgumentException">The number of values does not match the shape.</exception>
    public static OnnxTensor SBytes(ReadOnlySpan<sbyte> values, params ReadOnlySpan<long> shape) =>
        Checked(OnnxElementType.Int8, shape, values.Length, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>The elements as floats.</summary>
    /// <exception cref="InvalidOperationException">The elements are not floats.</exception>
    public float[] ToFloats()
    {
        if (Type != OnnxElementType.Float)
        {
            throw new InvalidOperationException($"A tensor of {Type} was read as floats.");
        }

        var values = new float[Data.Length / sizeof(float)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(Data.Span[(i * sizeof(float))..]);
        }

        return values;
    }

    /// <summary>Bytes of an element, or 0 where this library knows no constants of the type.</summary>
    internal static int SizeOf(OnnxElementType type) => type switch
    {
        OnnxElementType.Float or OnnxElementType.Int32 => 4,
        OnnxElementType.Int64 or OnnxElementType.Double => 8,
        OnnxElementType.UInt8 or OnnxElementType.Int8 or OnnxElementType.Bool => 1,
        OnnxElementType.Float16 => 2,
        _ => 0,
    };

    /// <summary>A tensor of raw elements, which become its own.</summary>
    /// <exception cref="ArgumentException">The number of bytes does not match the shape.</exception>
    internal static OnnxTensor Of(OnnxElementType type, ReadOnlySpan<long> shape, byte[] data) =>
        data.Length % SizeOf(type) == 0
            ? Checked(type, shape, data.Length / SizeOf(type), data)
            : throw new ArgumentException($"{data.Length} bytes are no whole number of elements of {type}.", nameof(data));

    /// <summary>The elements as 64-bit integers.</summary>
    /// <exception cref="InvalidOperationException">The elements are not 64-bit integers.</exception>
    public long[] ToInt64s()
    {
        if (Type != OnnxElementType.Int64)
        {
            throw new InvalidOperationException($"A tensor of {Type} was read as 64-bit integers.");
        }

        var values = new long[Data.Length / sizeof(long)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadInt64LittleEndian(Data.Span[(i * sizeof(long))..]);
        }

        return values;
    }

    private static OnnxTensor Checked(OnnxElementType type, ReadOnlySpan<long> shape, int count, byte[] data)
    {
        var product = 1L;
        foreach (var dimension in shape)
        {
            if (dimension < 0 || (dimension > 0 && product > count / dimension))
            {
                product = -1;
                break;
            }

            product *= dimension;
        }

        return product == count
            ? new OnnxTensor(type, shape.ToArray(), data)
            : throw new ArgumentException(
                $"{count} values do not fill the shape [{string.Join(", ", shape.ToArray())}].", nameof(shape));
    }
}
