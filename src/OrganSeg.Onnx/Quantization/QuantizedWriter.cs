namespace OrganSeg.Onnx.Quantization;

/// <summary>Writes a graph anew, with the nodes of a plan in bytes.</summary>
internal sealed class QuantizedWriter
{
    private readonly GraphCopy _copy;
    private readonly QuantizationPlan _plan;
    private readonly QuantizerOptions _options;
    private readonly Dictionary<string, QuantizationParameters> _parameters = new(StringComparer.Ordinal);

    // Float values that have been through bytes, by the value they stand for.
    private readonly Dictionary<string, string> _dequantized = new(StringComparer.Ordinal);

    // The same for values that float nodes make, and float nodes go on with the value as it was.
    private readonly Dictionary<string, string> _entries = new(StringComparer.Ordinal);

    public QuantizedWriter(
        OnnxGraph graph, QuantizationPlan plan, IReadOnlyDictionary<string, ValueRange> ranges, QuantizerOptions options)
    {
        _copy = new GraphCopy(graph);
        _plan = plan;
        _options = options;
        foreach (var group in plan.Observed.GroupBy(plan.Representative, StringComparer.Ordinal))
        {
            var range = group
                .Select(value => ranges.TryGetValue(value, out var known)
                    ? known
                    : throw OrganSegException.Invalid(value, "has no range; observe it on some inputs"))
                .Aggregate((a, b) => a.Union(b));
            try
            {
                _parameters[group.Key] = QuantizationParameters.Cover(range);
            }
            catch (ArgumentException error)
            {
                throw OrganSegException.Invalid(group.Key, error.Message);
            }
        }
    }

    private OnnxGraph Graph => _copy.Target;

    public OnnxGraph Write()
    {
        var skipped = NormalisationNodes();
        foreach (var node in _copy.Source.Nodes.Where(node => !skipped.Contains(node.Name)))
        {
            if (_plan.InBytes(node))
            {
                WriteInBytes(node);
            }
            else if (node.Operation == "Relu" && _plan.IsAbsorbed(node))
            {
                // Its value has been written with the node before it.
            }
            else
            {
                _copy.Add(node, node.Inputs.Select(input => _dequantized.GetValueOrDefault(input, input)));
            }
        }

        return _copy.Finish();
    }

    private HashSet<string> NormalisationNodes()
    {
        var nodes = _copy.Source.Nodes;
        var ends = nodes.Where(node => _plan.Normalisation(node.Output) is not null).ToList();
        return [.. ends.Select(node => node.Name), .. nodes.Where(n => ends.Any(e => e.Inputs[0] == n.Output)).Select(n => n.Name)];
    }

    private void WriteInBytes(OnnxNode node)
    {
        var result = _plan.Result(node);
        var parameters = Parameters(result);
        List<string> inputs = [.. node.Inputs];
        var activations = QuantizationPlan.Activations(node).Count();
        for (var i = 0; i < activations; i++)
        {
            inputs[i] = InBytes(node.Inputs[i]);
        }

        if (node.Operation == "Conv")
        {
            WriteWeights(node, inputs);
        }

        var source = _copy.Source.Values[result];
        var raw = Append(node.Name, node.Operation, inputs, Graph.FreeName($"{node.Name}.float"), source, node.Attributes);
        var (scale, zero) = Constants(parameters);
        var quantized = Append(null, "QuantizeLinear", [raw, scale, zero], Graph.FreeName($"{result}.bytes"), source with { Type = OnnxElementType.UInt8 });
        _dequantized[result] = Append(null, "DequantizeLinear", [quantized, scale, zero], result, source);
    }

    /// <summary>The float value that comes out of bytes and stands for a value.</summary>
    private string InBytes(string value)
    {
        if (_dequantized.TryGetValue(value, out var known) || _entries.TryGetValue(value, out known))
        {
            return known;
        }

        var (from, inScale, inZero, outScale, outZero) = Entry(value);
        var source = _copy.Source.Values[value];
        var quantized = Append(null, "QuantizeLinear", [from, inScale, inZero], Graph.FreeName($"{value}.bytes"), source with { Type = OnnxElementType.UInt8 });
        var name = Append(
            null, "DequantizeLinear", [quantized, outScale, outZero], Graph.FreeName($"{value}.dequantized"), source);

        return _entries[value] = name;
    }

    private (string From, string InScale, string InZero, string OutScale, string OutZero) Entry(string value)
    {
        if (_plan.Normalisation(value) is var (input, scale, shift))
        {
            // The grey values are the bytes; what they stand for after the normalisation is a matter of parameters.
            var (byteScale, byteZero) = Constants(new(1, 0));
            var (normalScale, normalZero) = Constants(new(scale, NormalisationZero(scale, shift)));
            return (input, byteScale, byteZero, normalScale, normalZero);
        }

        var (own, zero) = Constants(Parameters(value));
        return (value, own, zero, own, zero);
    }

    private void WriteWeights(OnnxNode node, List<string> inputs)
    {
        var weight = _copy.Source.Initializers[node.Inputs[1]];
        var values = weight.ToFloats();
        var channels = (int)weight.Shape[0];
        var bias = node.Inputs.Count > 2 ? _copy.Source.Initializers[node.Inputs[2]].ToFloats() : new float[channels];
        var scale = Parameters(node.Inputs[0]).Scale;
        if (_plan.Normalisation(node.Inputs[0]) is var (_, normalScale, shift))
        {
            scale = normalScale;
            // A byte cannot stand for exactly zero after the normalisation; what is left goes into the bias.
            var rest = shift + (normalScale * NormalisationZero(normalScale, shift));
            var perChannel = values.Length / channels;
            bias = [.. bias.Select((b, c) => b + (rest * values.AsSpan(c * perChannel, perChannel).ToArray().Sum()))];
        }

        var least = bias.Select(b => QuantizedWeights.BiasLimit(b, scale)).ToArray();
        var broken = values.Concat(bias).FirstOrDefault(value => !float.IsFinite(value));
        if (!float.IsFinite(broken))
        {
            throw OrganSegException.Invalid(
                node.Inputs[1], $"or its bias holds {broken}; only finite weights can be quantized. Train or import the model again.");
        }

        var quantized = QuantizedWeights.Quantize(values, weight.Shape, axis: 0, _options.ReducedRange, least);
        inputs[1] = Constant(
            node.Inputs[1],
            OnnxTensor.SBytes([.. quantized.Values], [.. weight.Shape]),
            [.. quantized.Scales],
            OnnxTensor.SBytes(new sbyte[channels], channels));

        var biasScales = quantized.Scales.Select(s => s * scale).ToArray();
        var biases = bias.Select((b, c) => (int)Math.Clamp(Math.Round((double)b / biasScales[c]), int.MinValue, int.MaxValue)).ToArray();
        var name = Constant(
            node.Inputs.Count > 2 ? node.Inputs[2] : $"{node.Name}.bias",
            OnnxTensor.Int32s(biases, channels),
            biasScales,
            OnnxTensor.Int32s(new int[channels], channels));
        if (inputs.Count > 2)
        {
            inputs[2] = name;
        }
        else
        {
            inputs.Add(name);
        }
    }

    private string Constant(string name, OnnxTensor values, float[] scales, OnnxTensor zeros)
    {
        var quantized = Graph.AddInitializer(Graph.FreeName($"{name}.quantized"), values).Name;
        var scale = Graph.AddInitializer(Graph.FreeName($"{name}.scale"), OnnxTensor.Floats(scales, scales.Length)).Name;
        var zero = Graph.Constant(zeros).Name;
        return Append(
            null,
            "DequantizeLinear",
            [quantized, scale, zero],
            Graph.FreeName($"{name}.dequantized"),
            new OnnxValue(name, OnnxElementType.Float, [.. values.Shape.Select(OnnxDimension.FromInt64)]),
            [OnnxAttribute.Of("axis", 0)]);
    }

    private QuantizationParameters Parameters(string value) =>
        _parameters.GetValueOrDefault(_plan.Representative(value), new(1, 0));

    private (string Scale, string Zero) Constants(QuantizationParameters parameters) =>
        (Graph.Constant(OnnxTensor.Floats([parameters.Scale])).Name, Graph.Constant(OnnxTensor.Bytes([parameters.ZeroPoint])).Name);

    private static byte NormalisationZero(float scale, float shift) => (byte)MathF.Round(-shift / scale);

    private string Append(
        string? name,
        string operation,
        List<string> inputs,
        string output,
        OnnxValue like,
        IReadOnlyList<OnnxAttribute>? attributes = null) =>
        Graph.Append(name ?? output, operation, inputs, like with { Name = output }, attributes ?? []).Name;
}
