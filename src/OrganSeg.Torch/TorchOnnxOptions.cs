using OrganSeg.Onnx;

namespace OrganSeg.Torch;

/// <summary>How a module is written as ONNX.</summary>
public sealed record TorchOnnxOptions
{
    /// <summary>Version of ONNX's operators, 17 to 21.</summary>
    public int Opset { get; init; } = OnnxGraph.MinOpset;

    /// <summary>Whether batch norms disappear into the convolutions before them.</summary>
    public bool FoldBatchNorm { get; init; } = true;

    /// <summary>Whether the module may have parameters and buffers that the exported function does not use.</summary>
    public bool AllowUnused { get; init; }

    /// <summary>Name of the input, where there is one.</summary>
    public string Input { get; init; } = "input";

    /// <summary>Name of the output, where there is one.</summary>
    public string Output { get; init; } = "output";

    /// <summary>Texts to store with the model.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
