namespace OrganSeg.Onnx.Quantization;

/// <summary>Which nodes of a graph are done in bytes, which values share parameters, and which ranges that takes.</summary>
internal sealed class QuantizationPlan
{
    // What ONNX Runtime has integer kernels for; the second group moves bytes and leaves their meaning as it is.
    private static readonly HashSet<string> Computing = ["Conv", "Add", "Mul", "Sigmoid", "Concat", "GlobalAveragePool"];
    private static readonly HashSet<string> Moving = ["MaxPool", "DepthToSpace", "Resize"];

    private readonly OnnxGraph _graph;
    private readonly QuantizerOptions _options;
    private readonly Dictionary<string, string> _sharedWith = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OnnxNode> _producers;
    private readonly Dictionary<string, int> _uses;
    private readonly HashSet<string> _bytes = new(StringComparer.Ordinal);

    public QuantizationPlan(OnnxGraph graph, QuantizerOptions options)
    {
        _graph = graph;
        _options = options;
        _producers = graph.Nodes.ToDictionary(node => node.Output, StringComparer.Ordinal);
        _uses = graph.Nodes.SelectMany(node => node.Inputs)
            .Concat(graph.Outputs.Select(output => output.Name))
            .CountBy(name => name, StringComparer.Ordinal)
            .ToDictionary(StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
        {
            Consider(node);
        }

        foreach (var node in graph.Nodes.Where(InBytes))
        {
            if (Moving.Contains(node.Operation))
            {
                foreach (var input in Activations(node))
                {
                    Share(input, Result(node));
                }
            }
        }
    }

    /// <summary>Every value that becomes bytes, once.</summary>
    public IEnumerable<string> Observed => _graph.Nodes.Where(InBytes)
        .SelectMany(node => Activations(node).Where(input => Normalisation(input) is null).Append(Result(node)))
        .Distinct(StringComparer.Ordinal);

    /// <summary>Nodes that stay in floating point although they compute with real numbers.</summary>
    public IReadOnlyList<string> FloatNodes =>
    [
        .. _graph.Nodes
            .Where(node => !InBytes(node) && _graph.Values[node.Output].Type is OnnxElementType.Float)
            .Where(node => !(node.Operation == "Relu" && IsAbsorbed(node)))
            .Where(node => !IsNormalisation(node))
            .Select(node => node.Name),
    ];

    /// <summary>Whether a node is done in bytes.</summary>
    public bool InBytes(OnnxNode node) => _bytes.Contains(node.Name);

    /// <summary>
    /// Whether a ReLU disappears: what goes before it is done in bytes for it alone, and saturates at zero.
    /// </summary>
    public bool IsAbsorbed(OnnxNode relu) =>
        _producers.TryGetValue(relu.Inputs[0], out var before)
        && before.Operation is "Conv" or "Add"
        && InBytes(before)
        && _uses[before.Output] == 1;

    /// <summary>The value that a node's bytes stand for: its own result, or that of the ReLU it absorbs.</summary>
    public string Result(OnnxNode node) => Absorbed(node)?.Output ?? node.Output;

    /// <summary>The inputs of a node that flow, as opposed to weights, biases and sizes.</summary>
    public static IEnumerable<string> Activations(OnnxNode node) => node.Operation switch
    {
        "Add" or "Mul" => node.Inputs.Take(2),
        "Concat" => node.Inputs,
        _ => node.Inputs.Take(1),
    };

    /// <summary>The value that stands for all that share a value's parameters.</summary>
    public string Representative(string value)
    {
        while (_sharedWith.TryGetValue(value, out var other))
        {
            value = other;
        }

        return value;
    }

    /// <summary>The normalisation of a byte input (· scale, + shift) that ends in a value and serves convolutions only.</summary>
    public (string Input, float Scale, float Shift)? Normalisation(string value)
    {
        if (_options.ByteInputs
            && Affine(value, "Add") is ({ } product, var shift)
            && Affine(product, "Mul") is ({ } input, var scale)
            && _graph.Inputs.Any(i => i.Name == input)
            && scale > 0
            && -shift / scale is >= 0 and <= 255
            && _graph.Nodes.Where(node => node.Inputs.Contains(value)).All(node => node.Operation == "Conv" && InBytes(node)))
        {
            return (input, scale, shift);
        }

        return null;
    }

    private bool IsNormalisation(OnnxNode node) =>
        Normalisation(node.Output) is not null
        || _graph.Nodes.Any(next => next.Inputs.Contains(node.Output) && Normalisation(next.Output) is not null);

    private OnnxNode? Absorbed(OnnxNode node) =>
        _graph.Nodes.FirstOrDefault(next => next.Operation == "Relu" && next.Inputs[0] == node.Output && IsAbsorbed(next));

    private void Consider(OnnxNode node)
    {
        if (_options.FloatNodes.Contains(node.Name)
            || _graph.Values[node.Output].Type != OnnxElementType.Float
            || Activations(node).Any(_graph.Initializers.ContainsKey))
        {
            return;
        }

        var fits = node.Operation switch
        {
            "Conv" => _graph.Initializers.TryGetValue(node.Inputs[1], out var weight)
                && weight.Type == OnnxElementType.Float
                && node.Inputs.Skip(2).All(bias => _graph.Initializers.ContainsKey(bias)),
            // Moving pays only where bytes come in already.
            var moving when Moving.Contains(moving) => ComesInBytes(node.Inputs[0]) && IsPlain(node),
            var computing => Computing.Contains(computing) && Activations(node).Any(ComesInBytes),
        };
        if (fits)
        {
            _bytes.Add(node.Name);
        }
    }

    /// <summary>A linear or nearest Resize is done in bytes; others are not considered.</summary>
    private static bool IsPlain(OnnxNode node) =>
        node.Operation != "Resize" || node.Attributes.Any(a => a.Name == "mode" && a.Proto.S.ToStringUtf8() is "linear" or "nearest");

    private bool ComesInBytes(string value) =>
        _producers.TryGetValue(value, out var producer)
        && (InBytes(producer) || (producer.Operation == "Relu" && IsAbsorbed(producer)));

    private void Share(string a, string b)
    {
        (a, b) = (Representative(a), Representative(b));
        if (a != b)
        {
            _sharedWith[a] = b;
        }
    }

    private (string? Input, float Constant) Affine(string value, string operation)
    {
        if (_producers.TryGetValue(value, out var node)
            && node.Operation == operation
            && (operation == "Add" || _uses[value] == 1)
            && _graph.Initializers.GetValueOrDefault(node.Inputs[1]) is { Type: OnnxElementType.Float } constant
            && constant.ToFloats() is [var number])
        {
            return (node.Inputs[0], number);
        }

        return (null, 0);
    }
}
