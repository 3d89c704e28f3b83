using OrganSeg.Onnx;
using static TorchSharp.torch;

namespace OrganSeg.Torch;

/// <summary>
/// Exports TorchSharp modules whose computation is written over <see cref="ITensorOps{T}"/> as ONNX, as they are in use.
/// </summary>
public static class TorchOnnx
{
    /// <summary>Exports a module with one float input and one output.</summary>
    /// <param name="module">Gives the weights, by the names of its <c>state_dict</c>; it is not changed.</param>
    /// <param name="forward">The module's computation.</param>
    /// <param name="inputShape">The input's dimensions: numbers, and names such as <c>N</c> for what is free.</param>
    /// <param name="options">How to write it.</param>
    /// <returns>The ONNX file.</returns>
    /// <exception cref="OrganSegException">
    /// Invalid: parameters that are missing, unused or of another shape or type, or an operation that does not fit its input.
    /// </exception>
    public static byte[] Export(
        nn.Module module,
        Func<ITensorOps<OnnxValue>, OnnxValue, OnnxValue> forward,
        IReadOnlyList<OnnxDimension> inputShape,
        TorchOnnxOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(forward);
        options ??= new TorchOnnxOptions();
        return OnnxWriter.Write(Graph(
            module,
            (ops, inputs) => new Dictionary<string, OnnxValue> { [options.Output] = forward(ops, inputs[0]) },
            [new OnnxValue(options.Input, OnnxElementType.Float, inputShape)],
            options));
    }

    /// <summary>The same for any number of inputs and outputs, as a graph.</summary>
    /// <param name="module">Gives the weights, by the names of its <c>state_dict</c>; it is not changed.</param>
    /// <param name="forward">The module's computation: from the inputs, in their order, to outputs by name.</param>
    /// <param name="inputs">Names, types and shapes of the inputs.</param>
    /// <param name="options">How to write it.</param>
    /// <returns>The graph, for <see cref="OnnxWriter"/>.</returns>
    /// <exception cref="OrganSegException">As for one input.</exception>
    public static OnnxGraph Graph(
        nn.Module module,
        Func<ITensorOps<OnnxValue>, IReadOnlyList<OnnxValue>, IReadOnlyDictionary<string, OnnxValue>> forward,
        IReadOnlyList<OnnxValue> inputs,
        TorchOnnxOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(forward);
        ArgumentNullException.ThrowIfNull(inputs);
        options ??= new TorchOnnxOptions();
        var state = module.state_dict();
        var graph = new OnnxGraph(module.GetName(), options.Opset);
        var ops = new OnnxOps(graph, name => Parameter(state, name));
        var outputs = forward(ops, [.. inputs.Select(input => graph.AddInput(input.Name, input.Type, [.. input.Shape]))]);
        foreach (var (name, value) in outputs)
        {
            graph.AddOutput(value, name);
        }

        RefuseUnused(state.Keys, ops, options);
        graph.Prune();
        if (options.FoldBatchNorm)
        {
            BatchNormFolding.Apply(graph);
        }

        foreach (var (key, value) in options.Metadata)
        {
            graph.SetMetadata(key, value);
        }

        return graph;
    }

    private static OnnxTensor Parameter(Dictionary<string, Tensor> state, string name)
    {
        if (!state.TryGetValue(name, out var tensor))
        {
            throw OrganSegException.Invalid(
                name, $"is not in the module's state_dict, which has {string.Join(", ", state.Keys.Order(StringComparer.Ordinal))}");
        }

        return tensor.dtype is ScalarType.Float32
            ? TorchTensors.ToOnnx(tensor)
            : throw OrganSegException.Invalid(name, $"is {tensor.dtype}; convert the module to Float32");
    }

    private static void RefuseUnused(IEnumerable<string> names, OnnxOps ops, TorchOnnxOptions options)
    {
        var used = ops.Declarations.Select(declaration => declaration.Name).ToHashSet(StringComparer.Ordinal);
        var unused = names.Where(name => !used.Contains(name)).ToList();
        if (unused.Count > 0 && !options.AllowUnused)
        {
            throw new OrganSegException([.. unused.Select(name => new FieldViolation(
                name, $"is not used by the exported function; set {nameof(TorchOnnxOptions.AllowUnused)} if that is meant"))]);
        }
    }
}
