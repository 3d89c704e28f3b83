namespace OrganSeg.Onnx.Quantization;

/// <summary>
/// Makes 8-bit models of float models: around each operation that a processor does faster in bytes stand QuantizeLinear
/// and DequantizeLinear, in the form that ONNX Runtime joins with the operation to its integer kernel. Activations are
/// unsigned bytes with a zero point, weights signed bytes with a scale for each output channel, biases 32-bit integers.
/// </summary>
public static class Quantizer
{
    /// <summary>
    /// The graph in the form that is observed and quantized: transposed convolutions are split
    /// (<see cref="TransposedConvolutions"/>). It computes the same.
    /// </summary>
    public static OnnxGraph Prepare(OnnxGraph graph) => TransposedConvolutions.Split(graph);

    /// <summary>The values of a prepared graph whose ranges <see cref="Quantize"/> needs.</summary>
    public static IReadOnlyList<string> Observed(OnnxGraph prepared, QuantizerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(prepared);
        var plan = new QuantizationPlan(prepared, options ?? new QuantizerOptions());
        return [.. plan.Observed];
    }

    /// <summary>The nodes of a prepared graph that compute with real numbers and stay in floating point.</summary>
    public static IReadOnlyList<string> FloatNodes(OnnxGraph prepared, QuantizerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(prepared);
        return new QuantizationPlan(prepared, options ?? new QuantizerOptions()).FloatNodes;
    }

    /// <summary>A graph that gives, besides its own outputs, some of its values as outputs, to observe them.</summary>
    public static OnnxGraph Expose(OnnxGraph graph, IEnumerable<string> values)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(values);
        var copy = new GraphCopy(graph);
        foreach (var node in graph.Nodes)
        {
            copy.Add(node);
        }

        var exposed = copy.Finish();
        var known = graph.Outputs.Concat(graph.Inputs).Select(value => value.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var value in values.Where(known.Add))
        {
            exposed.MarkOutput(value);
        }

        return exposed;
    }

    /// <summary>Quantizes a prepared graph.</summary>
    /// <param name="prepared">What <see cref="Prepare"/> gave; it is not changed.</param>
    /// <param name="ranges">The range of each value that <see cref="Observed"/> names.</param>
    /// <param name="options">How.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: a range is missing or is none.</exception>
    public static OnnxGraph Quantize(
        OnnxGraph prepared, IReadOnlyDictionary<string, ValueRange> ranges, QuantizerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(prepared);
        ArgumentNullException.ThrowIfNull(ranges);
        options ??= new QuantizerOptions();
        return new QuantizedWriter(prepared, new QuantizationPlan(prepared, options), ranges, options).Write();
    }
}
