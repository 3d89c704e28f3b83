using OrganSeg.Onnx;

namespace OrganSeg.Trainer.Networks;

/// <summary>What a network costs: its trained parameters, and the multiplications with an addition of one slice.</summary>
/// <param name="Parameters">Weights that training changes; the statistics of batch norm are none.</param>
/// <param name="MultiplyAccumulates">See <see cref="OnnxCost.MultiplyAccumulates"/>.</param>
internal sealed record NetworkCost(long Parameters, long MultiplyAccumulates)
{
    /// <param name="options">The network.</param>
    /// <param name="size">Side of the slice in pixels.</param>
    public static NetworkCost Of(NetworkOptions options, int size)
    {
        OnnxGraph? graph = null;
        var declarations = OnnxOps.Declare(ops =>
        {
            graph = ops.Graph;
            SegmentationNetworks.Forward(ops, graph.AddInput("image", OnnxElementType.Float, 1, 1, size, size), options);
        });
        return new NetworkCost(
            declarations.Where(parameter => parameter.Learned).Sum(parameter => parameter.Count),
            OnnxCost.MultiplyAccumulates(graph!));
    }
}
