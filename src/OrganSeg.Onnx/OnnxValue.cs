namespace OrganSeg.Onnx;

/// <summary>A value that flows through a graph: an input, an initializer or the result of a node.</summary>
/// <param name="Name">Unique in its graph.</param>
/// <param name="Type">Type of its elements.</param>
/// <param name="Shape">Its dimensions.</param>
public sealed record OnnxValue(string Name, OnnxElementType Type, IReadOnlyList<OnnxDimension> Shape)
{
    /// <summary>False for a value whose number of dimensions a file does not state; its shape is empty then.</summary>
    internal bool HasShape { get; init; } = true;
}
