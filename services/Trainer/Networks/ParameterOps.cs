using OrganSeg.Onnx;

namespace OrganSeg.Trainer.Networks;

/// <summary>Runs a network on shapes alone and so lists its parameters and buffers in order of use.</summary>
internal static class ParameterOps
{
    public static IReadOnlyList<ParameterDeclaration> Declare(NetworkOptions options) => OnnxOps.Declare(ops =>
    {
        var image = ops.Graph.AddInput("image", OnnxElementType.Float, "N", 1, "H", "W");
        SegmentationNetworks.Forward(ops, image, options);
    });
}
