using OrganSeg.Storage;

namespace OrganSeg.Trainer.Export;

/// <summary>Sums up differences over sample batches.</summary>
internal sealed class ParityComparison
{
    private readonly List<string> _shapes = [];
    private readonly OrderedDictionary<string, OutputComparison> _outputs = new(StringComparer.Ordinal)
    {
        [OnnxExporter.Logits] = new(OnnxExporter.Logits),
        [OnnxExporter.Labels] = new(OnnxExporter.Labels),
    };

    private readonly OrderedDictionary<string, OutputComparison> _layers = new(StringComparer.Ordinal);
    private long _differentLabels;

    public long Samples { get; private set; }

    public long Pixels { get; private set; }

    public IReadOnlyList<string> Shapes => _shapes;

    public double LabelAgreement => Pixels == 0 ? 0 : 1 - ((double)_differentLabels / Pixels);

    /// <summary>Logits, labels, and attention maps where the model has them.</summary>
    public IReadOnlyList<OutputParity> Outputs => [.. _outputs.Values.Select(output => output.Result)];

    public IReadOnlyList<OutputParity> Layers => [.. _layers.Values.Select(layer => layer.Result)];

    /// <summary>Whether all that is not a label is within the tolerance; labels are judged by their agreement.</summary>
    public bool Within(double tolerance) =>
        Outputs.All(output => output.Name == OnnxExporter.Labels || output.RelativeL2 <= tolerance);

    /// <param name="shape">The batch, [N, 1, H, W].</param>
    public void AddBatch(long[] shape)
    {
        var text = string.Join('x', shape);
        if (!_shapes.Contains(text))
        {
            _shapes.Add(text);
        }

        Samples += shape[0];
    }

    public void AddOutput(string name, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual) =>
        Of(_outputs, name).Add(expected, actual);

    public void AddLabels(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        Of(_outputs, OnnxExporter.Labels).Add(expected, actual);
        Pixels += expected.Length;
        for (var i = 0; i < expected.Length; i++)
        {
            _differentLabels += expected[i] == actual[i] ? 0 : 1;
        }
    }

    public void AddLayer(string name, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual) =>
        Of(_layers, name).Add(expected, actual);

    private static OutputComparison Of(OrderedDictionary<string, OutputComparison> all, string name)
    {
        if (!all.TryGetValue(name, out var comparison))
        {
            all.Add(name, comparison = new OutputComparison(name));
        }

        return comparison;
    }
}
