using Microsoft.ML.OnnxRuntime;
using OrganSeg.Onnx.Protobuf;
using OrganSeg.Trainer.Export;
using OrganSeg.Trainer.Tests.Support;

namespace OrganSeg.Trainer.Tests.Networks;

/// <summary>
/// ONNX Runtime's own basic optimisations (constant folding, batch-norm folding, removal of what does nothing) find nothing
/// left to do.
/// </summary>
public sealed class GraphOptimisationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("organsegnet", 16)]
    [InlineData("organsegnet", 64)]
    [InlineData("deeplabv3-resnet50", 16)]
    [InlineData("deeplabv3-resnet50", 64)]
    [InlineData("unet", 16)]
    [InlineData("unet", 64)]
    [InlineData("attention-unet", 16)]
    [InlineData("attention-unet", 64)]
    [InlineData("attention-unet-oktay", 16)]
    [InlineData("attention-unet-oktay", 64)]
    public void Export_EveryArchitecture_LeavesNothingToFold(string architecture, int width)
    {
        using var network = TestNetworks.Fresh(architecture, width);
        var onnx = OnnxExporter.Export(network);

        Assert.Equal(Operations(ModelProto.Parser.ParseFrom(onnx)), Operations(Optimised(onnx)));
    }

    [Fact]
    public void Export_BatchNormKept_IsFoldedByTheRuntime()
    {
        // Shows that the test above can fail.
        using var network = TestNetworks.Fresh("unet", 4);
        var onnx = OnnxExporter.Export(network, null, new OnnxExportOptions { FoldBatchNorm = false });

        Assert.Contains("BatchNormalization", Operations(ModelProto.Parser.ParseFrom(onnx)));
        Assert.DoesNotContain("BatchNormalization", Operations(Optimised(onnx)));
    }

    private static IEnumerable<string> Operations(ModelProto model) =>
        model.Graph.Node.Select(node => node.OpType).Order(StringComparer.Ordinal);

    private ModelProto Optimised(byte[] onnx)
    {
        var file = Path.Combine(_folder.Path, "optimised.onnx");
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_BASIC,
            OptimizedModelFilePath = file,
        };
        using (new InferenceSession(onnx, options))
        {
        }

        using var stream = File.OpenRead(file);
        return ModelProto.Parser.ParseFrom(stream);
    }
}
