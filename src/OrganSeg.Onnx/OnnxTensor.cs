using System.Buffers.Binary;

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

    private static OnnxTensor Checked(OnnxElementType type, ReadOnlySpan<long> shape, int count, byte[] data)
    {
        var product = 1L;
        foreach (var dimension in shape)
        {
            product = checked(product * dimension);
        }

        return product == count
            ? new OnnxTensor(type, shape.ToArray(), data)
            : throw new ArgumentException(
                $"{count} values do not fill the shape [{string.Join(", ", shape.ToArray())}].", nameof(shape));
    }
}
