using OrganSeg.Trainer.Export;
using OrganSeg.Trainer.Tests.Support;

namespace OrganSeg.Trainer.Tests.Networks;

/// <summary>ONNX's own checker, with full shape inference, on what is exported.</summary>
public sealed class OnnxCheckerTests
{
    private const string Check = """
        import sys, onnx
        model = onnx.load_model_from_string(sys.stdin.buffer.read())
        onnx.checker.check_model(model, full_check=True)
        print(model.ir_version, model.opset_import[0].version, len(model.graph.output))
        """;

    [Theory]
    [InlineData("organsegnet", 16, 17, "8 17 6")]
    [InlineData("organsegnet", 64, 21, "10 21 6")]
    [InlineData("deeplabv3-resnet50", 16, 21, "10 21 2")]
    [InlineData("deeplabv3-resnet50", 64, 17, "8 17 2")]
    [InlineData("unet", 16, 17, "8 17 2")]
    [InlineData("unet", 64, 19, "9 19 2")]
    [InlineData("attention-unet", 16, 18, "8 18 6")]
    [InlineData("attention-unet", 64, 17, "8 17 6")]
    [InlineData("attention-unet-oktay", 16, 17, "8 17 5")]
    [InlineData("attention-unet-oktay", 64, 20, "9 20 5")]
    public async Task Export_EveryArchitecture_IsValidToOnnxItself(string architecture, int width, int opset, string expected)
    {
        using var network = TestNetworks.Fresh(architecture, width);
        var onnx = OnnxExporter.Export(network, null, new OnnxExportOptions { Opset = opset, AttentionMaps = true });

        var output = await PeerPython.RunAsync(Check, onnx, TestContext.Current.CancellationToken);

        Assert.Equal(expected, output.Trim());
    }
}
