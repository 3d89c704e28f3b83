using OrganSeg.Onnx;

namespace OrganSeg.Trainer.Export;

/// <summary>How a network is written as ONNX.</summary>
internal sealed record OnnxExportOptions
{
    /// <summary>Version of ONNX's operators, 17 to 21.</summary>
    public int Opset { get; init; } = OnnxGraph.MinOpset;

    /// <summary>Whether batch norms disappear into the convolutions before them.</summary>
    public bool FoldBatchNorm { get; init; } = true;

    /// <summary>
    /// Whether the attention maps are outputs too: <c>attention.0</c>, <c>attention.1</c>, …, the coarsest first, float32
    /// [N, 1, h, w]. A network without gates has none.
    /// </summary>
    public bool AttentionMaps { get; init; }
}
