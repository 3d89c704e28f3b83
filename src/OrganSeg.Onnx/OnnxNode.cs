namespace OrganSeg.Onnx;

/// <summary>One operation of a graph.</summary>
public sealed class OnnxNode
{
    internal OnnxNode(string name, string operation, List<string> inputs, string output, List<OnnxAttribute> attributes)
    {
        Name = name;
        Operation = operation;
        InputNames = inputs;
        Output = output;
        Attributes = attributes;
    }

    /// <summary>Its name, unique in its graph.</summary>
    public string Name { get; }

    /// <summary>The ONNX operator, such as <c>Conv</c>.</summary>
    public string Operation { get; }

    /// <summary>Names of the values it takes; empty for an optional input that is left out.</summary>
    public IReadOnlyList<string> Inputs => InputNames;

    /// <summary>Name of the value it gives.</summary>
    public string Output { get; internal set; }

    /// <summary>Its constants.</summary>
    public IReadOnlyList<OnnxAttribute> Attributes { get; }

    internal List<string> InputNames { get; }
}
