namespace OrganSeg.Onnx.Quantization;

/// <summary>How <see cref="Quantizer"/> quantizes.</summary>
public sealed record QuantizerOptions
{
    /// <summary>
    /// Whether weights use seven bits only, for processors whose 8-bit products saturate (x86 without VNNI).
    /// </summary>
    public bool ReducedRange { get; init; }

    /// <summary>
    /// Whether the graph's inputs are whole numbers 0…255, as grey values are: then they become bytes without any loss,
    /// and a normalisation that follows (· constant, + constant) costs nothing.
    /// </summary>
    public bool ByteInputs { get; init; } = true;

    /// <summary>Names of nodes that stay in floating point.</summary>
    public IReadOnlySet<string> FloatNodes { get; init; } = new HashSet<string>();
}
