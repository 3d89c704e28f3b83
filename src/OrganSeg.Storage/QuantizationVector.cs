namespace OrganSeg.Storage;

/// <summary>
/// An input and what a quantized graph makes of it when it is computed in floating point, without integer kernels.
/// </summary>
/// <param name="Height">Height of the input.</param>
/// <param name="Width">Width of the input.</param>
/// <param name="Grey">Its grey values, row-major; generated, never a patient's.</param>
/// <param name="Stride">Every how many pixels, down and across, logits are kept.</param>
/// <param name="Logits">
/// The logits kept, class by class and row by row, as little-endian float32.
/// </param>
public sealed record QuantizationVector(int Height, int Width, byte[] Grey, int Stride, byte[] Logits)
{
    /// <summary>‖actual − expected‖ / ‖expected‖ over the logits kept; infinite where the sizes do not match.</summary>
    /// <param name="logits">All logits of the input, [classes, Height, Width].</param>
    public double Error(ReadOnlySpan<float> logits)
    {
        var actual = Keep(logits, Height, Width, Stride);
        if (actual.Length != Logits.Length)
        {
            return double.PositiveInfinity;
        }

        double difference = 0, norm = 0;
        for (var i = 0; i < actual.Length; i += sizeof(float))
        {
            var expected = BitConverter.ToSingle(Logits, i);
            var distance = (double)BitConverter.ToSingle(actual, i) - expected;
            difference += distance * distance;
            norm += (double)expected * expected;
        }

        var error = difference == 0 ? 0 : Math.Sqrt(difference / norm);
        return double.IsNaN(error) ? double.PositiveInfinity : error;
    }

    /// <summary>The logits that a vector keeps of all.</summary>
    public static byte[] Keep(ReadOnlySpan<float> logits, int height, int width, int stride)
    {
        using var kept = new MemoryStream();
        using var writer = new BinaryWriter(kept);
        for (var plane = 0; plane < logits.Length / (height * width); plane++)
        {
            for (var y = 0; y < height; y += stride)
            {
                for (var x = 0; x < width; x += stride)
                {
                    writer.Write(logits[(((plane * height) + y) * width) + x]);
                }
            }
        }

        return kept.ToArray();
    }
}
