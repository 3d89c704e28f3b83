namespace OrganSeg.Onnx.Quantization;

/// <summary>
/// Weights as signed bytes: each output channel has a scale of its own, and zero is zero (symmetric), as ONNX Runtime's
/// kernels need it.
/// </summary>
/// <param name="Values">The bytes, in the order of the weights.</param>
/// <param name="Scales">The scale of each output channel; positive.</param>
public sealed record QuantizedWeights(IReadOnlyList<sbyte> Values, IReadOnlyList<float> Scales)
{
    /// <summary>Largest magnitude of a byte with all eight bits in use.</summary>
    public const int FullRange = 127;

    /// <summary>
    /// Largest magnitude with seven bits: two products with bytes of activations then never exceed 16 bits
    /// (2 · 255 · 64 = 32,640), which is where processors without VNNI saturate.
    /// </summary>
    public const int ReducedRange = 64;

    /// <summary>Quantizes weights.</summary>
    /// <param name="weights">Row-major values.</param>
    /// <param name="shape">Their dimensions.</param>
    /// <param name="axis">Dimension of the output channels: 0 for Conv, 1 for ConvTranspose.</param>
    /// <param name="reduced">Whether magnitudes stay within <see cref="ReducedRange"/>.</param>
    /// <param name="leastScales">Scales that a channel must not go below, or null; see <see cref="BiasLimit"/>.</param>
    /// <exception cref="ArgumentException">The values do not fill the shape, or one is not finite.</exception>
    public static QuantizedWeights Quantize(
        ReadOnlySpan<float> weights,
        IReadOnlyList<long> shape,
        int axis,
        bool reduced = false,
        IReadOnlyList<float>? leastScales = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentOutOfRangeException.ThrowIfNotEqual(shape.Aggregate(1L, (a, b) => a * b), weights.Length, nameof(weights));
        var channels = (int)shape[axis];
        var inner = shape.Skip(axis + 1).Aggregate(1L, (a, b) => a * b);
        int Channel(int i) => (int)(i / inner % channels);

        var largest = new float[channels];
        for (var i = 0; i < weights.Length; i++)
        {
            if (!float.IsFinite(weights[i]))
            {
                throw new ArgumentException($"Weight {i} is {weights[i]}.", nameof(weights));
            }

            largest[Channel(i)] = Math.Max(largest[Channel(i)], Math.Abs(weights[i]));
        }

        var limit = reduced ? ReducedRange : FullRange;
        var scales = largest.Select((magnitude, c) =>
        {
            var scale = Math.Max(magnitude / limit, leastScales?[c] ?? 0);
            return float.IsNormal(scale) ? scale : 1;
        }).ToArray();
        var values = new sbyte[weights.Length];
        for (var i = 0; i < weights.Length; i++)
        {
            var rounded = MathF.Round(weights[i] / scales[Channel(i)], MidpointRounding.ToEven);
            values[i] = (sbyte)Math.Clamp(rounded, -limit, limit);
        }

        return new(values, scales);
    }

    /// <summary>
    /// The least scale of a channel's weights with which its bias still fits 32 bits and leaves room to add up in: a bias
    /// is stored in steps of the activations' scale times the weights'.
    /// </summary>
    public static float BiasLimit(float bias, float activationScale) => Math.Abs(bias) / activationScale / (1 << 30);
}
