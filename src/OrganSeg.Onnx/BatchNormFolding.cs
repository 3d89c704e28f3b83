namespace OrganSeg.Onnx;

/// <summary>
/// Folds each batch normalisation into the convolution before it: with f = scale / √(variance + ε), the weights of an output
/// channel are multiplied by f and its bias becomes (bias − mean) · f + shift.
/// </summary>
public static class BatchNormFolding
{
    private const float DefaultEpsilon = 1e-5f;

    /// <summary>
    /// Folds wherever nothing else uses the convolution's result or weights, and drops the constants that are free then.
    /// </summary>
    /// <returns>How many were folded.</returns>
    public static int Apply(OnnxGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var producers = graph.Nodes.ToDictionary(n => n.Output, StringComparer.Ordinal);
        var uses = graph.Nodes.SelectMany(n => n.Inputs)
            .Concat(graph.Outputs.Select(o => o.Name))
            .CountBy(name => name, StringComparer.Ordinal)
            .ToDictionary(StringComparer.Ordinal);
        var folded = 0;
        foreach (var norm in graph.Nodes.Where(n => n.Operation == "BatchNormalization").ToList())
        {
            if (producers.TryGetValue(norm.Inputs[0], out var conv)
                && conv.Operation is "Conv" or "ConvTranspose"
                && uses[conv.Output] == 1
                && CanFold(graph, conv, norm, uses))
            {
                Fold(graph, conv, norm);
                folded++;
            }
        }

        graph.RemoveUnusedInitializers();
        return folded;
    }

    internal static bool CanFold(OnnxGraph graph, OnnxNode conv, OnnxNode norm, Dictionary<string, int> uses)
    {
        // Groups of a transposed convolution share the weight's second dimension, so its channels cannot be told apart there.
        var grouped = conv.Attributes.Any(a => a.Name == "group" && a.Proto.I != 1);
        return norm.Inputs.Skip(1).All(graph.Initializers.ContainsKey)
            && conv.Inputs.Skip(1).All(name => graph.Initializers.ContainsKey(name) && uses[name] == 1)
            && !(grouped && conv.Operation == "ConvTranspose");
    }

    private static void Fold(OnnxGraph graph, OnnxNode conv, OnnxNode norm)
    {
        var epsilon = norm.Attributes.FirstOrDefault(a => a.Name == "epsilon")?.Proto.F ?? DefaultEpsilon;
        float[] Floats(int input) => graph.Initializers[norm.Inputs[input]].ToFloats();
        var (scale, shift, mean, variance) = (Floats(1), Floats(2), Floats(3), Floats(4));
        var factors = scale.Zip(variance, (s, v) => s / Math.Sqrt((double)v + epsilon)).ToArray();

        var weight = graph.Initializers[conv.Inputs[1]];
        graph.ReplaceInitializer(conv.Inputs[1], Scale(weight, factors, channelAxis: conv.Operation == "Conv" ? 0 : 1));

        var bias = conv.Inputs.Count > 2 ? graph.Initializers[conv.Inputs[2]].ToFloats() : new float[factors.Length];
        for (var c = 0; c < bias.Length; c++)
        {
            bias[c] = (float)(((bias[c] - (double)mean[c]) * factors[c]) + shift[c]);
        }

        var folded = OnnxTensor.Floats(bias, bias.Length);
        if (conv.Inputs.Count > 2)
        {
            graph.ReplaceInitializer(conv.Inputs[2], folded);
        }
        else
        {
            conv.InputNames.Add(graph.AddInitializer($"{conv.Name}.bias", folded).Name);
        }

        graph.Remove(norm);
        graph.RemoveValue(conv.Output);
        conv.Output = norm.Output;
    }

    private static OnnxTensor Scale(OnnxTensor weight, double[] factors, int channelAxis)
    {
        var values = weight.ToFloats();
        long[] shape = [.. weight.Shape];
        var inner = shape.Skip(channelAxis + 1).Aggregate(1L, (a, b) => a * b);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)(values[i] * factors[i / inner % factors.Length]);
        }

        return OnnxTensor.Floats(values, shape);
    }
}
