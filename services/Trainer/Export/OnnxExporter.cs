using OrganSeg.Onnx;
using OrganSeg.Torch;
using OrganSeg.Trainer.Networks;

namespace OrganSeg.Trainer.Export;

/// <summary>Exports networks as ONNX models of the contract that every published model follows.</summary>
internal static class OnnxExporter
{
    public const string Image = "image";
    public const string Labels = "labels";
    public const string Logits = "logits";
    private const string AttentionPrefix = "attention.";

    /// <summary>Name of the output with an attention map, counted from the coarsest.</summary>
    public static string Attention(int index) => $"{AttentionPrefix}{index}";

    /// <summary>Whether an output is an attention map.</summary>
    public static bool IsAttention(string output) => output.StartsWith(AttentionPrefix, StringComparison.Ordinal);

    /// <summary>
    /// Exports a network as it predicts: input <c>image</c> float32 [N, 1, H, W] with grey values 0…255, outputs
    /// <c>labels</c> uint8 [N, H, W] and <c>logits</c> float32 [N, classes, H, W]; N, H and W are free.
    /// </summary>
    /// <param name="network">The network; it is not changed.</param>
    /// <param name="metadata">Texts to store with the model.</param>
    /// <param name="options">How to write it; the defaults suit serving.</param>
    /// <returns>The ONNX file.</returns>
    public static byte[] Export(
        SegmentationNetwork network,
        IReadOnlyDictionary<string, string>? metadata = null,
        OnnxExportOptions? options = null) =>
        OnnxWriter.Write(Graph(network, metadata, options));

    /// <summary>The same as a graph.</summary>
    public static OnnxGraph Graph(
        SegmentationNetwork network,
        IReadOnlyDictionary<string, string>? metadata = null,
        OnnxExportOptions? options = null)
    {
        options ??= new OnnxExportOptions();
        var graph = new OnnxGraph(network.Options.Architecture, options.Opset);
        var ops = new OnnxOps(graph, name => TorchTensors.ToOnnx(network.State[name]));
        var image = graph.AddInput(Image, OnnxElementType.Float, "N", 1, "H", "W");
        var outputs = SegmentationNetworks.Forward(ops, image, network.Options with { Auxiliary = false });
        var logits = graph.AddOutput(outputs.Logits, Logits, "N", network.Options.Classes, "H", "W");
        var best = graph.AddNode(
            "ArgMax",
            [logits],
            OnnxElementType.Int64,
            ["N", "H", "W"],
            [OnnxAttribute.Of("axis", 1), OnnxAttribute.Of("keepdims", 0)]);
        var labels = graph.AddNode(
            "Cast", [best], OnnxElementType.UInt8, ["N", "H", "W"], [OnnxAttribute.Of("to", (long)OnnxElementType.UInt8)]);
        graph.AddOutput(labels, Labels);
        for (var i = 0; options.AttentionMaps && i < outputs.AttentionMaps.Count; i++)
        {
            graph.AddOutput(outputs.AttentionMaps[i], Attention(i));
        }

        if (options.FoldBatchNorm)
        {
            BatchNormFolding.Apply(graph);
        }

        foreach (var (key, value) in metadata ?? new Dictionary<string, string>())
        {
            graph.SetMetadata(key, value);
        }

        return graph;
    }
}
