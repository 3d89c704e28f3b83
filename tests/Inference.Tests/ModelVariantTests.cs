using OrganSeg.Imaging;
using OrganSeg.Inference.Serving;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.Onnx;
using OrganSeg.Onnx.Quantization;
using OrganSeg.OpenInference;
using OrganSeg.Storage;
using OrganSeg.V1;

namespace OrganSeg.Inference.Tests;

/// <summary>Which form of a model answers, and what happens where an 8-bit form does not compute rightly.</summary>
public sealed class ModelVariantTests
{
    private const int Side = 64;

    private static readonly ByteImage Slice = GreyModel.Paint(Fixture.Stripes(Side, Side));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", "float32")]
    [InlineData("float32", "float32")]
    [InlineData("int8", "int8")]
    [InlineData("auto", "int8")]
    public async Task SegmentSlice_GoodInt8_TheFormAskedForAnswers(string asked, string answered)
    {
        await using var fixture = await Fixture.StartAsync();
        await PublishAsync(fixture);

        var response = await SegmentAsync(fixture, asked);

        Assert.Equal(answered, response.Variant);
        Assert.Equal(Fixture.Stripes(Side, Side).Pixels, response.Labels.Pixels.ToByteArray());
    }

    [Fact]
    public async Task SegmentSlice_ServiceSetToAuto_ServesInt8WhereThereIsOne()
    {
        await using var fixture = await Fixture.StartAsync(("Variant", "auto"));
        await PublishAsync(fixture);
        await fixture.PublishAsync("plain", GreyModel.Onnx());

        Assert.Equal("int8", (await SegmentAsync(fixture, "")).Variant);
        Assert.Equal("float32", (await fixture.SegmentAsync(Slice, "plain")).Variant);
    }

    [Fact]
    public async Task SegmentSlice_VectorsThatInt8DoesNotReproduce_ReducedRangeAnswers()
    {
        await using var fixture = await Fixture.StartAsync();
        await PublishAsync(fixture, allBitsError: 0.5f);

        var response = await SegmentAsync(fixture, "int8");

        Assert.Equal("int8-reduced", response.Variant);
        var variants = (await fixture.Client.GetModelAsync(new GetModelRequest { Name = "grey" }, cancellationToken: Token)).Variants;
        Assert.Equal(["float32", "int8", "int8-reduced"], variants.Select(variant => variant.Name));
        Assert.Contains("does not compute", variants[1].Refused, StringComparison.Ordinal);
        Assert.Equal("", variants[2].Refused);
    }

    [Fact]
    public async Task SegmentSlice_NoFormReproducesItsVectors_Float32Answers()
    {
        await using var fixture = await Fixture.StartAsync();
        await PublishAsync(fixture, allBitsError: 0.5f, reducedError: 0.5f);

        var response = await SegmentAsync(fixture, "int8");

        Assert.Equal("float32", response.Variant);
        Assert.Equal(Fixture.Stripes(Side, Side).Pixels, response.Labels.Pixels.ToByteArray());
    }

    [Fact]
    public async Task SegmentSlice_DamagedInt8File_IsRefusedAndAnotherFormAnswers()
    {
        await using var fixture = await Fixture.StartAsync();
        await PublishAsync(fixture);
        var path = fixture.PathOf("grey", "1", "model.int8.onnx");
        var bytes = await File.ReadAllBytesAsync(path, Token);
        bytes[bytes.Length / 2] ^= 0xFF;
        await File.WriteAllBytesAsync(path, bytes, Token);

        Assert.Equal("int8-reduced", (await SegmentAsync(fixture, "auto")).Variant);
    }

    [Theory]
    [InlineData("hash", "is of another model.int8.onnx")]
    [InlineData("float", "is of another model.onnx")]
    [InlineData("failed", "did not pass")]
    public async Task SegmentSlice_Int8TheCertificateDoesNotSpeakFor_IsRefusedByName(string what, string problem)
    {
        await using var fixture = await Fixture.StartAsync();
        await PublishAsync(fixture, change: certificate => what == "float"
            ? certificate with { OnnxSha256 = new string('0', 64) }
            : certificate with
            {
                Variants =
                [
                    certificate.Variants[0] with
                    {
                        Passed = what != "failed",
                        Sha256 = what == "hash" ? new string('0', 64) : certificate.Variants[0].Sha256,
                    },
                    certificate.Variants[1],
                ],
            });

        var response = await SegmentAsync(fixture, "int8");

        Assert.Equal(what == "float" ? "float32" : "int8-reduced", response.Variant);
        var model = await fixture.Client.GetModelAsync(new GetModelRequest { Name = "grey" }, cancellationToken: Token);
        Assert.Contains("grey@1/quantization.json ", model.Variants[1].Refused, StringComparison.Ordinal);
        Assert.Contains(problem, model.Variants[1].Refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SegmentSlice_RefusedFormMendedAndLoadedAgain_IsServed()
    {
        await using var fixture = await Fixture.StartAsync(("MaxLoadedModels", "1"));
        await PublishAsync(fixture);
        await fixture.PublishAsync("plain", GreyModel.Onnx());
        var path = fixture.PathOf("grey", "1", "model.int8.onnx");
        var bytes = await File.ReadAllBytesAsync(path, Token);
        await File.WriteAllBytesAsync(path, [.. bytes[..^1], (byte)~bytes[^1]], Token);
        Assert.Equal("int8-reduced", (await SegmentAsync(fixture, "auto")).Variant);

        await File.WriteAllBytesAsync(path, bytes, Token);
        await fixture.SegmentAsync(Slice, "plain");
        await fixture.Host.Get<ModelPool>().SweepAsync();

        Assert.Equal("int8", (await SegmentAsync(fixture, "auto")).Variant);
        var model = await fixture.Client.GetModelAsync(new GetModelRequest { Name = "grey" }, cancellationToken: Token);
        Assert.All(model.Variants, variant => Assert.Equal("", variant.Refused));
    }

    [Fact]
    public async Task SegmentSlice_WhatCannotBeHad_IsANamedError()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());

        var missing = await Fixture.FailureAsync(() => SegmentAsync(fixture, "int8"));
        var wrong = await Fixture.FailureAsync(() => SegmentAsync(fixture, "int4"));

        Assert.Equal(ErrorKind.Missing, missing.Kind);
        Assert.Contains("not published in int8", missing.Message, StringComparison.Ordinal);
        Assert.Equal(("variant", ErrorKind.Invalid), (wrong.Violations.Single().Field, wrong.Kind));
    }

    [Theory]
    [InlineData("")]
    [InlineData("int8")]
    [InlineData("auto")]
    public async Task SegmentSlice_PublishedWithoutFloat32_Int8Answers(string asked)
    {
        await using var fixture = await Fixture.StartAsync();
        await PublishAsync(fixture, withFloat: false);

        var response = await SegmentAsync(fixture, asked);

        Assert.Equal("int8", response.Variant);
        Assert.Equal(Fixture.Stripes(Side, Side).Pixels, response.Labels.Pixels.ToByteArray());
        var config = await new GRPCInferenceService.GRPCInferenceServiceClient(fixture.Host.Channel)
            .ModelConfigAsync(new ModelConfigRequest { Name = "grey" }, cancellationToken: Token);
        Assert.Equal("model.int8.onnx", config.Config.DefaultModelFilename);
    }

    [Fact]
    public async Task SegmentSlice_Float32OfAVersionWithoutIt_IsMissing()
    {
        await using var fixture = await Fixture.StartAsync();
        await PublishAsync(fixture, withFloat: false);

        var error = await Fixture.FailureAsync(() => SegmentAsync(fixture, "float32"));

        Assert.Equal(ErrorKind.Missing, error.Kind);
        Assert.Contains("grey@1 was published in int8 only", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SegmentSlice_NothingOfAVersionWithoutFloat32Works_SaysWhyOfEachForm()
    {
        await using var fixture = await Fixture.StartAsync();
        await PublishAsync(fixture, allBitsError: 0.5f, reducedError: 0.5f, withFloat: false);

        var error = await Fixture.FailureAsync(() => SegmentAsync(fixture, ""));

        Assert.Contains("grey@1 has no model.onnx", error.Message, StringComparison.Ordinal);
        Assert.Contains("int8: It does not compute", error.Message, StringComparison.Ordinal);
        Assert.Contains("int8-reduced: It does not compute", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SegmentSlice_CertificatesOfDifferentFloatModels_IsRefused()
    {
        await using var fixture = await Fixture.StartAsync();
        await PublishAsync(
            fixture, change: certificate => certificate with { OnnxSha256 = new string('0', 64) }, withFloat: false);

        var error = await Fixture.FailureAsync(() => SegmentAsync(fixture, ""));

        Assert.Contains("quantization.json is of another model.onnx than parity.json", error.Message, StringComparison.Ordinal);
    }

    private static async Task<SegmentSliceResponse> SegmentAsync(Fixture fixture, string variant)
    {
        var request = Fixture.Request(Slice, "grey");
        request.Variant = variant;
        return await fixture.Client.SegmentSliceAsync(request, cancellationToken: Token);
    }

    /// <summary>
    /// Publishes a model with both 8-bit forms. Logits of class c are 2·c'·g − c'², the part of −(g − c')² that differs by
    /// class, as a 1×1 convolution; a form's vectors are off by the given part of their values.
    /// </summary>
    private static async Task PublishAsync(
        Fixture fixture,
        float allBitsError = 0,
        float reducedError = 0,
        Func<QuantizationCertificate, QuantizationCertificate>? change = null,
        bool withFloat = true)
    {
        var classes = LabelSchema.Abdomen.Count;
        var graph = new OnnxGraph("linear");
        var image = graph.AddInput("image", OnnxElementType.Float, "N", 1, "H", "W");
        var centres = Enumerable.Range(0, classes).Select(c => c * GreyModel.GreyPerClass / 100f).ToArray();
        var weight = graph.AddInitializer("w", OnnxTensor.Floats([.. centres.Select(c => 2 * c)], classes, 1, 1, 1));
        var bias = graph.AddInitializer("b", OnnxTensor.Floats([.. centres.Select(c => -c * c)], classes));
        var scaled = graph.AddNode(
            "Mul", [image, graph.Constant(OnnxTensor.Floats([0.01f]))], OnnxElementType.Float, ["N", 1, "H", "W"]);
        var normal = graph.AddNode("Add", [scaled, graph.Constant(OnnxTensor.Floats([0f]))], OnnxElementType.Float, ["N", 1, "H", "W"]);
        var conv = graph.AddNode(
            "Conv", [normal, weight, bias], OnnxElementType.Float, ["N", classes, "H", "W"], [OnnxAttribute.OfList("kernel_shape", 1, 1)]);
        var logits = graph.AddOutput(conv, "logits");
        var best = graph.AddNode(
            "ArgMax", [logits], OnnxElementType.Int64, ["N", "H", "W"], [OnnxAttribute.Of("axis", 1), OnnxAttribute.Of("keepdims", 0)]);
        graph.AddOutput(
            graph.AddNode("Cast", [best], OnnxElementType.UInt8, ["N", "H", "W"], [OnnxAttribute.Of("to", (long)OnnxElementType.UInt8)]),
            "labels");

        var ranges = new Dictionary<string, ValueRange> { ["logits"] = new(-4, 6.2f) };
        var onnx = OnnxWriter.Write(graph);
        var files = new Dictionary<string, ReadOnlyMemory<byte>>
        {
            ["model.onnx"] = onnx,
            [ParityCertificate.File] = GreyModel.Parity(onnx).ToJson(),
        };
        var variants = new List<QuantizedVariant>();
        foreach (var (name, error) in new[] { (QuantizedVariant.AllBits, allBitsError), (QuantizedVariant.ReducedBits, reducedError) })
        {
            var options = new QuantizerOptions { ReducedRange = name == QuantizedVariant.ReducedBits };
            var quantized = OnnxWriter.Write(Quantizer.Quantize(graph, ranges, options));
            files[QuantizedVariant.FileOf(name)] = quantized;
            variants.Add(Variant(name, GreyModel.Sha256(quantized), centres, error));
        }

        var certificate = Certificate(GreyModel.Sha256(onnx), variants);
        if (!withFloat)
        {
            files.Remove("model.onnx");
        }

        files[QuantizationCertificate.File] = (change?.Invoke(certificate) ?? certificate).ToJson();
        await fixture.Models.PublishAsync(
            new ModelDocument
            {
                Model = "grey",
                Architecture = "linear",
                LabelSchema = LabelSchema.Abdomen,
                Preprocessing = new PreprocessingRecipe { Size = Side },
            },
            files,
            Token);
    }

    /// <summary>Vectors computed by the formula itself.</summary>
    private static QuantizedVariant Variant(string name, string sha256, float[] centres, float error)
    {
        var logits = centres.SelectMany(c => Slice.Pixels.Select(g => ((2 * c * g / 100f) - (c * c)) * (1 + error))).ToArray();
        return new QuantizedVariant
        {
            Name = name,
            Passed = true,
            WeightBits = 8,
            Sha256 = sha256,
            Bytes = 0,
            F1 = new Dictionary<string, double>(),
            F1Change = new Dictionary<string, double>(),
            LabelAgreement = 1,
            FloatNodes = [],
            VectorTolerance = 0.05,
            VectorError = 0,
            Vectors = [new(Side, Side, Slice.Pixels, 4, QuantizationVector.Keep(logits, Side, Side, 4))],
        };
    }

    private static QuantizationCertificate Certificate(string onnxSha256, IReadOnlyList<QuantizedVariant> variants) => new()
    {
        Method = "min-max",
        Dataset = "phantoms@1",
        DatasetDigest = "",
        CalibrationSlices = 1,
        ValidationSlices = 1,
        ValidationSplit = "validation",
        Tolerance = 0.005,
        OnnxSha256 = onnxSha256,
        OnnxRuntimeVersion = "",
        FloatF1 = new Dictionary<string, double>(),
        Variants = variants,
    };
}
