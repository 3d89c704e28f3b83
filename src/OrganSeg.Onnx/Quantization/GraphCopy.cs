namespace OrganSeg.Onnx.Quantization;

/// <summary>A graph that is copied node by node, so that some of them can be written in another way.</summary>
internal sealed class GraphCopy
{
    private readonly OnnxGraph _source;

    public GraphCopy(OnnxGraph source)
    {
        _source = source;
        Target = new OnnxGraph(source.Name, source.Opset);
        foreach (var input in source.Inputs)
        {
            Target.AddInput(input.Name, input.Type, [.. input.Shape]);
        }

        foreach (var (name, tensor) in source.Initializers)
        {
            Target.AddInitializer(name, tensor);
        }
    }

    /// <summary>What is copied.</summary>
    public OnnxGraph Source => _source;

    public OnnxGraph Target { get; }

    /// <summary>Copies a node as it is, or with other inputs.</summary>
    public void Add(OnnxNode node, IEnumerable<string>? inputs = null) =>
        Target.Append(node.Name, node.Operation, [.. inputs ?? node.Inputs], _source.Values[node.Output], node.Attributes);

    /// <summary>Ends the copy: outputs, texts, and no constant that nothing uses.</summary>
    public OnnxGraph Finish()
    {
        foreach (var output in _source.Outputs)
        {
            Target.MarkOutput(output.Name);
        }

        foreach (var (key, value) in _source.Metadata)
        {
            Target.SetMetadata(key, value);
        }

        Target.RemoveUnusedInitializers();
        return Target;
    }
}
