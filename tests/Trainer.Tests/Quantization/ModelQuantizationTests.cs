using Grpc.Core;
using OrganSeg.Contracts;
using OrganSeg.Imaging;
using OrganSeg.Onnx;
using OrganSeg.Onnx.Quantization;
using OrganSeg.Storage;
using OrganSeg.Trainer.Export;
using OrganSeg.Trainer.Quantization;
using OrganSeg.Trainer.Tests.Networks;
using OrganSeg.Trainer.Tests.Support;
using OrganSeg.V1;
using TorchSharp;

namespace OrganSeg.Trainer.Tests.Quantization;

/// <summary>From a trained network to its certified 8-bit form, with ONNX Runtime.</summary>
public sealed class ModelQuantizationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("min-max")]
    [InlineData("percentile")]
    [InlineData("entropy")]
    public async Task QuantizeModel_TrainedModel_AnswersFiguresAndPublishesWhatPassed(string method)
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token);
        await TinyData.SealAsync(host.Store, "validation", Token);
        var run = await host.StartRunAsync(Token, ("epochs", "30"), ("learningRate", "0.01"), ("quantize", "false"));
        await host.WatchAsync(run.RunId, Token);
        var before = await host.Models.ResolveAsync("tiny-model", Token);
        Assert.DoesNotContain(QuantizationCertificate.File, before.Files.Keys);

        var responses = await QuantizeAsync(host, new() { Model = "tiny-model", Dataset = "tiny", Method = method });

        Assert.Contains(responses, response => response.Progress?.Stage == "calibrate" && response.Progress.Done == 8);
        var result = responses[^1].Result;
        var certificate = QuantizationCertificate.FromJson(System.Text.Encoding.UTF8.GetBytes(result.CertificateJson));
        Assert.Equal((method, 8, 4, "tiny@1"), (certificate.Method, certificate.CalibrationSlices, certificate.ValidationSlices, certificate.Dataset));
        Assert.Equal(before.Files["model.onnx"].Sha256, certificate.OnnxSha256);
        Assert.All(certificate.Variants, variant => Assert.InRange(variant.VectorError, 0, variant.VectorTolerance));
        Assert.All(certificate.Variants, variant => Assert.InRange(variant.LabelAgreement, 0.97, 1));
        Assert.All(certificate.Variants, variant => Assert.Equal(
            variant.Passed, variant.F1Change.Values.All(change => change >= -certificate.Tolerance)));
        Assert.Equal(certificate.Variants.Any(variant => variant.Passed), result.Published);
        var after = await host.Models.ResolveAsync("tiny-model", Token);
        Assert.Equal(result.Version, after.Version);
        Assert.Equal(result.Published ? "2" : "1", after.Version);
        Assert.Equal(before.Files["model.onnx"], after.Files["model.onnx"]);
        Assert.Equal(before.Files["weights.safetensors"], after.Files["weights.safetensors"]);
        foreach (var variant in certificate.Variants)
        {
            Assert.Equal(variant.Passed, after.Files.ContainsKey(variant.File));
        }
    }

    [Fact]
    public async Task QuantizeModel_WrongRequest_NamesEachField()
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token);

        var error = await Assert.ThrowsAsync<RpcException>(() => QuantizeAsync(host, new()
        {
            Method = "magic",
            Tolerance = 2,
            CalibrationSlices = 0,
            ValidationSlices = 1_000_000,
        }));

        Assert.Equal(
            ["calibration_slices", "dataset", "method", "model", "tolerance", "validation_slices"], GrpcErrors.ToOrganSegException(error).Violations.Select(v => v.Field).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Quantize_FormThatLosesAnOrgan_IsNotPublished()
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token);
        var manifest = await TinyData.SealAsync(host.Store, "validation", Token);
        var run = await host.StartRunAsync(Token, ("epochs", "12"), ("learningRate", "0.01"), ("quantize", "false"));
        await host.WatchAsync(run.RunId, Token);
        var model = await host.Models.ResolveAsync("tiny-model", Token);
        var onnx = await host.Models.ReadFileAsync(model, "model.onnx", Token);
        using var train = TinyData.Slices(8);
        using var validation = TinyData.Slices(4, firstSeed: 20);

        // A graph whose every range is a thousand times too wide knows a handful of bytes only.
        var quantizer = new ModelQuantizer(1, (_, _, _) => { })
        {
            Widen = range => new ValueRange(range.Low * 1000, range.High * 1000),
        };
        var quantized = quantizer.Quantize(onnx, model.LabelSchema, QuantizationData.Of(manifest, train, validation), Token);

        Assert.False(quantized.Passed);
        Assert.Empty(quantized.Files);
        Assert.All(quantized.Certificate.Variants, variant => Assert.False(variant.Passed));
        Assert.Equal([QuantizationCertificate.File], quantized.Publication().Select(file => file.Key));
    }

    [Fact]
    public async Task QuantizeModel_AnyLossAllowed_PublishesAFormThatComputesRightlyHere()
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token);
        await TinyData.SealAsync(host.Store, "validation", Token);
        var run = await host.StartRunAsync(Token, ("epochs", "12"), ("learningRate", "0.01"), ("quantize", "false"));
        await host.WatchAsync(run.RunId, Token);

        var result = (await QuantizeAsync(host, new() { Model = "tiny-model", Dataset = "tiny", Tolerance = 1 }))[^1].Result;

        // Seven bits cannot saturate, so one form at least computes rightly on any processor.
        Assert.True(result.Published, result.Summary);
        var model = await host.Models.ResolveAsync("tiny-model", Token);
        Assert.Equal((result.Version, "2"), (model.Version, result.Version));
        Assert.Contains(QuantizedVariant.FileOf(QuantizedVariant.ReducedBits), model.Files.Keys);
        Assert.Contains(QuantizationCertificate.File, model.Files.Keys);
        Assert.Contains(ParityCertificate.File, model.Files.Keys);
    }

    [Theory]
    [InlineData(0, new[] { "liver", "kidney", "spleen", "pancreas" })]
    [InlineData(1, new[] { "kidney", "spleen", "pancreas" })]
    public async Task Quantize_ModelThatFindsOneClassOnly_JudgesNoOtherOrgan(int found, string[] notJudged)
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token);
        var manifest = await TinyData.SealAsync(host.Store, "validation", Token);
        using var train = TinyData.Slices(2);
        using var network = TestNetworks.Create("organsegnet", width: 4);
        using (torch.no_grad())
        {
            network.State["head.weight"].zero_();
            network.State["head.bias"].copy_(torch.arange(5, torch.float32).eq(torch.tensor(found)));
        }

        var quantized = new ModelQuantizer(1, (_, _, _) => { }).Quantize(
            OnnxExporter.Export(network), LabelSchema.Abdomen, QuantizationData.Of(manifest, train, train), Token);

        Assert.Equal(notJudged, quantized.Certificate.NotJudged);
        Assert.Equal(found > 0, quantized.Passed);
        Assert.All(quantized.Certificate.Variants, variant => Assert.Equal(found, variant.F1Change.Count));
        Assert.Contains($"cannot be judged: {string.Join(", ", notJudged)}", quantized.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_TransposedConvolutions_AreSplitAndComputeTheSame()
    {
        using var network = TestNetworks.Create("organsegnet", width: 4);
        var onnx = OnnxExporter.Export(network);
        var prepared = Quantizer.Prepare(OnnxReader.Read(onnx));
        var grey = TinyData.Slice(1).Image.Pixels;
        using var whole = new OnnxSession(onnx, 1);
        using var split = new OnnxSession(OnnxWriter.Write(prepared), 1);

        Assert.DoesNotContain(prepared.Nodes, node => node.Operation == "ConvTranspose");
        Assert.Equal(4, prepared.Nodes.Count(node => node.Operation == "DepthToSpace"));
        var (expected, actual) = (whole.Logits(grey, 32, 32), split.Logits(grey, 32, 32));
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
    }

    [Theory]
    [InlineData("organsegnet")]
    [InlineData("deeplabv3-resnet50")]
    [InlineData("attention-unet-oktay")]
    public async Task Quantize_Graph_IsValidToOnnxItself(string architecture)
    {
        using var network = TestNetworks.Create(architecture, width: 4);
        var prepared = Quantizer.Prepare(OnnxReader.Read(OnnxExporter.Export(network)));
        var ranges = Calibration.Run(prepared, [new(TinyData.Slice(1).Image.Pixels, TinyData.Slice(1).Labels.Pixels)], 32, CalibrationMethod.MinMax, 1, _ => { }, Token);
        var onnx = OnnxWriter.Write(Quantizer.Quantize(prepared, ranges, new QuantizerOptions()));

        var output = await PeerPython.RunAsync(
            """
            import sys, onnx
            model = onnx.load_model_from_string(sys.stdin.buffer.read())
            onnx.checker.check_model(model, full_check=True)
            print(sum(node.op_type == "QuantizeLinear" for node in model.graph.node) > 10)
            """,
            onnx,
            Token);

        Assert.Equal("True", output.Trim());
    }

    private static async Task<List<QuantizeModelResponse>> QuantizeAsync(TrainerHost host, QuantizeModelRequest request)
    {
        using var call = host.Client.QuantizeModel(request, cancellationToken: Token);
        var responses = new List<QuantizeModelResponse>();
        await foreach (var response in call.ResponseStream.ReadAllAsync(Token))
        {
            responses.Add(response);
        }

        return responses;
    }
}
