namespace OrganSeg.Onnx.Quantization;

/// <summary>
/// What the bytes of a quantized value stand for: real = <paramref name="Scale"/> · (byte − <paramref name="ZeroPoint"/>).
/// </summary>
/// <param name="Scale">The step between two neighbouring bytes; positive.</param>
/// <param name="ZeroPoint">The byte that stands for zero.</param>
public readonly record struct QuantizationParameters(float Scale, byte ZeroPoint)
{
    private const int Steps = byte.MaxValue;

    /// <summary>
    /// The parameters that cover a range in 255 steps. Zero is always covered and has a byte of its own, because paddings
    /// and what ReLU cuts off are zeros.
    /// </summary>
    /// <exception cref="ArgumentException">The range is empty or not finite.</exception>
    public static QuantizationParameters Cover(ValueRange range)
    {
        if (!float.IsFinite(range.Low) || !float.IsFinite(range.High) || range.Low > range.High)
        {
            throw new ArgumentException($"{range.Low} to {range.High} is no range.", nameof(range));
        }

        double low = Math.Min(range.Low, 0), high = Math.Max(range.High, 0);
        var scale = (float)((high - low) / Steps);
        if (!float.IsNormal(scale))
        {
            // A value that is always zero: any scale does, and one keeps the arithmetic away from its limits.
            return new(1, 0);
        }

        return new(scale, (byte)Math.Clamp(Math.Round(-low / scale), byte.MinValue, byte.MaxValue));
    }

    /// <summary>The byte nearest to a number; beyond the range the byte at its end. Halves go to the even byte.</summary>
    public byte Quantize(float value) =>
        (byte)Math.Clamp(MathF.Round(value / Scale, MidpointRounding.ToEven) + ZeroPoint, byte.MinValue, byte.MaxValue);

    /// <summary>The number a byte stands for.</summary>
    public float Dequantize(byte value) => Scale * (value - ZeroPoint);
}
