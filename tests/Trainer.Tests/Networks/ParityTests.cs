using System.Security.Cryptography;
using System.Text;
using OrganSeg.Storage;
using OrganSeg.Trainer.Export;
using OrganSeg.Trainer.Networks;
using OrganSeg.Trainer.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Tests.Networks;

public sealed class ParityTests
{
    private static readonly ParityOptions Small = new() { RandomShapes = [[2, 1, 64, 48]] };

    [Theory]
    [InlineData("organsegnet", 8)]
    [InlineData("organsegnet", 16)]
    [InlineData("deeplabv3-resnet50", 8)]
    [InlineData("deeplabv3-resnet50", 16)]
    [InlineData("unet", 16)]
    [InlineData("attention-unet", 16)]
    [InlineData("attention-unet-oktay", 16)]
    public void Run_ExportedNetwork_Passes(string architecture, int width)
    {
        using var scope = NewDisposeScope();
        using var network = TestNetworks.Create(architecture, width);
        var samples = randint(0, 256, [2, 1, 64, 96], ScalarType.Byte, generator: new Generator(2));

        var certificate = ParityCheck.Run(
            network, OnnxExporter.Export(network), [samples], 3, TestContext.Current.CancellationToken);

        Assert.True(certificate.Passed, Encoding.UTF8.GetString(certificate.ToJson()));
        Assert.Equal(["2x1x64x96", "1x1x224x224", "3x1x256x192"], certificate.Shapes);
        Assert.Equal((6, 2), (certificate.Samples, certificate.RealSamples));
        Assert.InRange(certificate.Outputs[0].RelativeL2, 0, 1e-5);
        Assert.True(network.Training);
    }

    [Theory]
    [InlineData("organsegnet")]
    [InlineData("deeplabv3-resnet50")]
    [InlineData("unet")]
    [InlineData("attention-unet")]
    [InlineData("attention-unet-oktay")]
    public void Run_WidthSixtyFour_Passes(string architecture)
    {
        using var scope = NewDisposeScope();
        using var network = TestNetworks.Create(architecture, 64);
        var options = new ParityOptions { RandomShapes = [[1, 1, 224, 224], [1, 1, 256, 192], [3, 1, 48, 32]] };

        var certificate = ParityCheck.Run(
            network, OnnxExporter.Export(network), [], options, TestContext.Current.CancellationToken);

        Assert.True(certificate.Passed, Encoding.UTF8.GetString(certificate.ToJson()));
    }

    [Theory]
    [InlineData("organsegnet", 4)]
    [InlineData("attention-unet", 4)]
    [InlineData("attention-unet-oktay", 3)]
    [InlineData("unet", 0)]
    public void Run_AttentionMapsAsOutputs_ComparesThem(string architecture, int maps)
    {
        using var scope = NewDisposeScope();
        using var network = TestNetworks.Create(architecture, 4);
        var onnx = OnnxExporter.Export(network, null, new OnnxExportOptions { AttentionMaps = true });

        var certificate = ParityCheck.Run(network, onnx, [], Small, TestContext.Current.CancellationToken);

        Assert.True(certificate.Passed, Encoding.UTF8.GetString(certificate.ToJson()));
        Assert.Equal(
            ["logits", "labels", .. Enumerable.Range(0, maps).Select(i => $"attention.{i}")],
            certificate.Outputs.Select(output => output.Name));
    }

    [Theory]
    [InlineData("organsegnet", true)]
    [InlineData("organsegnet", false)]
    [InlineData("deeplabv3-resnet50", true)]
    [InlineData("unet", true)]
    [InlineData("attention-unet", true)]
    [InlineData("attention-unet", false)]
    [InlineData("attention-unet-oktay", true)]
    public void Run_Layers_ComparesEachThatTheModelHas(string architecture, bool fold)
    {
        using var scope = NewDisposeScope();
        using var network = TestNetworks.Create(architecture, 4);
        var options = new OnnxExportOptions { FoldBatchNorm = fold };
        var graph = OnnxExporter.Graph(network, null, options);

        var certificate = ParityCheck.Run(
            network, OnnxExporter.Export(network, null, options), [], Small with { Layers = true }, TestContext.Current.CancellationToken);

        // Each convolution, folded or not, is a value of the model but for the last, which is the output "logits".
        var layers = graph.Nodes.Count(n => n.Operation is "Conv" or "ConvTranspose" or "BatchNormalization") - 1;
        Assert.True(certificate.Passed, Encoding.UTF8.GetString(certificate.ToJson()));
        Assert.Equal(LastConvolutionIsResized(architecture) ? layers + 1 : layers, certificate.Layers!.Count);
        Assert.All(certificate.Layers, layer => Assert.InRange(layer.RelativeL2, 0, 1e-4));

        static bool LastConvolutionIsResized(string architecture) => architecture == "deeplabv3-resnet50";
    }

    [Fact]
    public void Run_OneLayerChangedAfterExport_ShowsWhereTheErrorBegins()
    {
        using var scope = NewDisposeScope();
        using var network = TestNetworks.Create("unet", 4);
        var onnx = OnnxExporter.Export(network);
        using (no_grad())
        {
            network.State["decoder.1.0.weight"].mul_(1.5);
        }

        var layers = ParityCheck.Run(
            network, onnx, [], Small with { Layers = true }, TestContext.Current.CancellationToken).Layers!;

        Assert.Equal("decoder.1.1", layers.First(layer => layer.RelativeL2 > 1e-4).Name);
    }

    [Fact]
    public void Run_Certificate_HasTheHashesOfBothFiles()
    {
        using var scope = NewDisposeScope();
        using var network = TestNetworks.Create("organsegnet", 4);
        var onnx = OnnxExporter.Export(network);

        var certificate = ParityCheck.Run(network, onnx, [], Small, TestContext.Current.CancellationToken);

        static string Sha256(byte[] file) => Convert.ToHexStringLower(SHA256.HashData(file));
        Assert.Equal((Sha256(onnx), Sha256(SafeTensors.Write(network.State))), (certificate.OnnxSha256, certificate.WeightsSha256));
        Assert.Null(certificate.Layers);
    }

    [Fact]
    public void Graph_Auxiliary_IsNotExported()
    {
        using var network = TestNetworks.Create(
            new NetworkOptions { Architecture = "deeplabv3-resnet50", Width = 4, Auxiliary = true });

        var graph = OnnxExporter.Graph(network);

        Assert.DoesNotContain(graph.Initializers.Keys, name => name.StartsWith("aux", StringComparison.Ordinal));
        Assert.Equal(["logits", "labels"], graph.Outputs.Select(output => output.Name));
    }

    [Theory]
    [InlineData(17, false)]
    [InlineData(19, true)]
    [InlineData(21, true)]
    public void Run_OtherOpsetsAndUnfolded_Passes(int opset, bool fold)
    {
        using var scope = NewDisposeScope();
        using var network = TestNetworks.Create("organsegnet", 8);
        var onnx = OnnxExporter.Export(network, null, new OnnxExportOptions { Opset = opset, FoldBatchNorm = fold });

        Assert.True(ParityCheck.Run(network, onnx, [], 0, TestContext.Current.CancellationToken).Passed);
    }

    [Fact]
    public void Run_ModelOfAnotherNetwork_IsAnErrorThatNamesTheOutput()
    {
        using var scope = NewDisposeScope();
        using var network = TestNetworks.Create(new NetworkOptions { Architecture = "unet", Width = 4, Classes = 5 });
        using var other = TestNetworks.Create(new NetworkOptions { Architecture = "unet", Width = 4, Classes = 3 });

        var error = Assert.Throws<OrganSegException>(() => ParityCheck.Run(
            network, OnnxExporter.Export(other), [], Small, TestContext.Current.CancellationToken));

        Assert.Equal((ErrorKind.Invalid, "logits"), (error.Kind, Assert.Single(error.Violations).Field));
    }

    [Fact]
    public void Run_NetworkChangedAfterExport_DoesNotPass()
    {
        using var scope = NewDisposeScope();
        using var network = TestNetworks.Create("organsegnet", 8);
        var onnx = OnnxExporter.Export(network);
        using (no_grad())
        {
            network.State["head.bias"].add_(0.01);
        }

        var certificate = ParityCheck.Run(network, onnx, [], 0, TestContext.Current.CancellationToken);

        Assert.False(certificate.Passed);
        Assert.InRange(certificate.Outputs[0].MaxAbsoluteError, 0.0099, 0.0101);
    }

    [Fact]
    public void Run_DivergedNetwork_DoesNotPass()
    {
        using var scope = NewDisposeScope();
        using var network = TestNetworks.Create("organsegnet", 8);
        using (no_grad())
        {
            network.State["head.bias"].fill_(float.NaN);
        }

        var certificate = ParityCheck.Run(
            network, OnnxExporter.Export(network), [], 0, TestContext.Current.CancellationToken);

        Assert.False(certificate.Passed);
    }

    [Fact]
    public void Run_NotAModel_DoesNotPassAndSaysWhy()
    {
        using var network = TestNetworks.Fresh("organsegnet");

        var certificate = ParityCheck.Run(network, [1, 2, 3], [], 0, TestContext.Current.CancellationToken);

        Assert.False(certificate.Passed);
        Assert.NotNull(certificate.Failure);
        Assert.Equal(certificate.ToJson(), ParityCertificate.FromJson(certificate.ToJson()).ToJson());
    }

    [Theory]
    [InlineData("organsegnet", 18)]
    [InlineData("deeplabv3-resnet50", 60)]
    [InlineData("unet", 18)]
    [InlineData("attention-unet", 34)]
    [InlineData("attention-unet-oktay", 25)]
    public void Graph_Folded_HasNoBatchNormAndNoUnusedConstant(string architecture, int norms)
    {
        using var network = TestNetworks.Fresh(architecture);

        var plain = OnnxExporter.Graph(network, null, new OnnxExportOptions { FoldBatchNorm = false });
        var folded = OnnxExporter.Graph(network, new Dictionary<string, string> { ["dataset"] = "d" });

        Assert.Equal(norms, plain.Nodes.Count(n => n.Operation == "BatchNormalization"));
        Assert.Equal(plain.Nodes.Count - norms, folded.Nodes.Count);
        Assert.DoesNotContain(folded.Nodes, n => n.Operation == "BatchNormalization");
        var used = folded.Nodes.SelectMany(n => n.Inputs).ToHashSet();
        Assert.All(folded.Initializers.Keys, name => Assert.Contains(name, used));
        Assert.Equal("d", folded.Metadata["dataset"]);
    }

    [Fact]
    public void Export_InADisposeScope_LeavesNoTensor()
    {
        using var network = TestNetworks.Fresh("organsegnet");
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

        var onnx = OnnxExporter.Export(network);
        ParityCheck.Run(network, onnx, [], 0, TestContext.Current.CancellationToken);

        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }
}
