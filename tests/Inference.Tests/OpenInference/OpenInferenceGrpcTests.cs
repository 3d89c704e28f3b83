using System.Runtime.InteropServices;
using Google.Protobuf;
using Grpc.Core;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.OpenInference;
using static OrganSeg.OpenInference.ModelInferRequest.Types;

namespace OrganSeg.Inference.Tests.OpenInference;

/// <summary>The Open Inference Protocol over real gRPC, with real ONNX models.</summary>
public sealed class OpenInferenceGrpcTests
{
    private const int Side = 32;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ModelInfer_RawOrTyped_SameNumbersInTheFormTheyCameIn()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        var client = Client(fixture);
        var truth = Fixture.Stripes(Side, Side);
        var typed = Request("grey", 2, truth.Pixels);
        var raw = Raw(typed);

        var ofRaw = await client.ModelInferAsync(raw, cancellationToken: Token);
        var ofTyped = await client.ModelInferAsync(typed, cancellationToken: Token);

        Assert.Equal(["labels", "logits"], ofRaw.Outputs.Select(output => output.Name));
        Assert.Equal(["UINT8", "FP32"], ofRaw.Outputs.Select(output => output.Datatype));
        Assert.Equal([2L, Side, Side], ofRaw.Outputs[0].Shape);
        Assert.Equal([2L, 5, Side, Side], ofRaw.Outputs[1].Shape);
        Assert.Equal([.. truth.Pixels, .. truth.Pixels], ofRaw.RawOutputContents[0].ToByteArray());
        Assert.Equal(("grey", "1", "42"), (ofRaw.ModelName, ofRaw.ModelVersion, ofRaw.Id));
        Assert.Empty(ofTyped.RawOutputContents);
        Assert.Equal(ofRaw.RawOutputContents[0].Select(label => (uint)label), ofTyped.Outputs[0].Contents.UintContents);
        var logits = MemoryMarshal.Cast<byte, float>(ofRaw.RawOutputContents[1].Span).ToArray();
        Assert.Equal(logits, ofTyped.Outputs[1].Contents.Fp32Contents);

        // By hand: −(grey − 50·class)² of the first pixel, whose class is 0.
        Assert.Equal([0f, -2500f, -10000f, -22500f, -40000f], Enumerable.Range(0, 5).Select(c => logits[c * Side * Side]));
    }

    [Fact]
    public async Task ModelInfer_MoreImagesThanABatch_EachIsRight()
    {
        await using var fixture = await Fixture.StartAsync(("MaxBatch", "2"));
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        var maps = Enumerable.Range(0, 5).Select(i => Enumerable.Repeat((byte)i, Side * Side)).ToList();
        var request = Request("grey", 5, [.. maps.SelectMany(map => map)], whole: true);
        request.Outputs.Add(new InferRequestedOutputTensor { Name = "labels" });

        var answer = await Client(fixture).ModelInferAsync(request, cancellationToken: Token);

        Assert.Equal(maps.SelectMany(map => map).Select(label => (uint)label), Assert.Single(answer.Outputs).Contents.UintContents);
    }

    [Fact]
    public async Task Metadata_OfServerAndModel_SaysTheContract()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        await fixture.PublishAsync("grey", GreyModel.Onnx(shift: 1));
        await fixture.Models.PromoteAsync("production", "grey@1", Token);
        var client = Client(fixture);

        var server = await client.ServerMetadataAsync(new ServerMetadataRequest(), cancellationToken: Token);
        var model = await client.ModelMetadataAsync(new ModelMetadataRequest { Name = "production" }, cancellationToken: Token);
        var second = await client.ModelMetadataAsync(new ModelMetadataRequest { Name = "grey", Version = "2" }, cancellationToken: Token);

        Assert.Equal("organseg", server.Name);
        Assert.Contains("model_repository", server.Extensions);
        Assert.Equal(("production", "onnxruntime_onnx"), (model.Name, model.Platform));
        Assert.Equal(["1", "2"], model.Versions);
        Assert.Equal(["2"], second.Versions);
        var image = Assert.Single(model.Inputs);
        Assert.Equal(("image", "FP32"), (image.Name, image.Datatype));
        Assert.Equal([-1L, 1, -1, -1], image.Shape);
        Assert.Equal([-1L, -1, -1], model.Outputs.Single(output => output.Name == "labels").Shape);
        Assert.Equal([-1L, 5, -1, -1], model.Outputs.Single(output => output.Name == "logits").Shape);
        Assert.Equal("grey@1", model.Properties["model"]);
    }

    [Fact]
    public async Task Readiness_EmptyCatalogueThenAModel_Follows()
    {
        await using var fixture = await Fixture.StartAsync();
        var client = Client(fixture);

        Assert.True((await client.ServerLiveAsync(new ServerLiveRequest(), cancellationToken: Token)).Live);
        Assert.False((await client.ServerReadyAsync(new ServerReadyRequest(), cancellationToken: Token)).Ready);
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        Assert.True((await client.ServerReadyAsync(new ServerReadyRequest(), cancellationToken: Token)).Ready);
        Assert.True((await client.ModelReadyAsync(new ModelReadyRequest { Name = "grey" }, cancellationToken: Token)).Ready);
        await fixture.PublishAsync("broken", [1, 2, 3]);
        Assert.False((await client.ModelReadyAsync(new ModelReadyRequest { Name = "broken" }, cancellationToken: Token)).Ready);
    }

    [Fact]
    public async Task Repository_UnloadAndLoad_RefusesMeanwhile()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        await fixture.PublishAsync("other", GreyModel.Onnx());
        var client = Client(fixture);
        var request = Request("grey", 1, Fixture.Stripes(Side, Side).Pixels);

        await client.RepositoryModelLoadAsync(new RepositoryModelLoadRequest { ModelName = "grey" }, cancellationToken: Token);
        Assert.Equal([("grey", "READY")], await IndexAsync(client, ready: true));
        await client.RepositoryModelUnloadAsync(new RepositoryModelUnloadRequest { ModelName = "grey" }, cancellationToken: Token);

        Assert.Equal([("grey", "UNAVAILABLE"), ("other", "UNAVAILABLE")], await IndexAsync(client, ready: false));
        Assert.False((await client.ModelReadyAsync(new ModelReadyRequest { Name = "grey" }, cancellationToken: Token)).Ready);
        Assert.Equal(StatusCode.Unavailable, (await FailureAsync(client, request)).StatusCode);
        await client.RepositoryModelLoadAsync(new RepositoryModelLoadRequest { ModelName = "grey" }, cancellationToken: Token);
        Assert.Equal("1", (await client.ModelInferAsync(request, cancellationToken: Token)).ModelVersion);
    }

    public static TheoryData<string, StatusCode, string> Rejected => new()
    {
        { "no model", StatusCode.InvalidArgument, "model_name" },
        { "unknown model", StatusCode.NotFound, "nobody" },
        { "unknown version", StatusCode.NotFound, "grey" },
        { "word as version", StatusCode.InvalidArgument, "model_version" },
        { "no input", StatusCode.InvalidArgument, "inputs" },
        { "two inputs", StatusCode.InvalidArgument, "inputs" },
        { "other input", StatusCode.InvalidArgument, "inputs[0].name" },
        { "other type", StatusCode.InvalidArgument, "inputs[0].datatype" },
        { "no type", StatusCode.InvalidArgument, "inputs[0].datatype" },
        { "three sides", StatusCode.InvalidArgument, "inputs[0].shape" },
        { "negative side", StatusCode.InvalidArgument, "inputs[0].shape" },
        { "three channels", StatusCode.InvalidArgument, "inputs[0].shape" },
        { "odd side", StatusCode.InvalidArgument, "inputs[0].shape" },
        { "huge", StatusCode.InvalidArgument, "inputs[0].shape" },
        { "overflow", StatusCode.InvalidArgument, "inputs[0].shape" },
        { "no contents", StatusCode.InvalidArgument, "inputs[0].contents" },
        { "too few numbers", StatusCode.InvalidArgument, "inputs[0].contents.fp32_contents" },
        { "wrong field", StatusCode.InvalidArgument, "inputs[0].contents" },
        { "raw and typed", StatusCode.InvalidArgument, "inputs[0].contents" },
        { "short raw", StatusCode.InvalidArgument, "raw_input_contents[0]" },
        { "two raw", StatusCode.InvalidArgument, "raw_input_contents" },
        { "other output", StatusCode.InvalidArgument, "outputs[0].name" },
        { "output twice", StatusCode.InvalidArgument, "outputs[1].name" },
        { "shared memory", StatusCode.InvalidArgument, "shared_memory_region" },
        { "shared memory out", StatusCode.InvalidArgument, "shared_memory_region" },
        { "classification", StatusCode.InvalidArgument, "classification" },
        { "other variant", StatusCode.InvalidArgument, "variant" },
    };

    [Theory]
    [MemberData(nameof(Rejected))]
    public async Task ModelInfer_WrongRequest_SaysWhichField(string what, StatusCode status, string named)
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        var request = Request("grey", 1, Fixture.Stripes(Side, Side).Pixels);
        Spoil(request, what);

        var error = await FailureAsync(Client(fixture), request);

        Assert.Equal(status, error.StatusCode);
        Assert.Contains(named, error.Status.Detail);
    }

    private static void Spoil(ModelInferRequest request, string what)
    {
        var input = request.Inputs[0];
        var region = new InferParameter { StringParam = "r" };
        switch (what)
        {
            case "no model": request.ModelName = ""; break;
            case "unknown model": request.ModelName = "nobody"; break;
            case "unknown version": request.ModelVersion = "7"; break;
            case "word as version": request.ModelVersion = "latest"; break;
            case "no input": request.Inputs.Clear(); break;
            case "two inputs": request.Inputs.Add(input.Clone()); break;
            case "other input": input.Name = "x"; break;
            case "other type": input.Datatype = "FP16"; break;
            case "no type": input.Datatype = "float"; break;
            case "three sides": input.Shape.RemoveAt(0); break;
            case "negative side": input.Shape[0] = -1; break;
            case "three channels": input.Shape[1] = 3; break;
            case "odd side": input.Shape[2] = Side + 1; break;
            case "huge": input.Shape[0] = 1 << 20; break;
            case "overflow": (input.Shape[0], input.Shape[2], input.Shape[3]) = (1L << 62, 1L << 60, 16); break;
            case "no contents": input.Contents = null; break;
            case "too few numbers": input.Contents.Fp32Contents.RemoveAt(0); break;
            case "wrong field": input.Contents.Fp64Contents.Add(1); break;
            case "raw and typed": request.RawInputContents.Add(ByteString.CopyFrom(new byte[4 * Side * Side])); break;
            case "short raw":
                input.Contents = null;
                request.RawInputContents.Add(ByteString.CopyFrom(new byte[(4 * Side * Side) - 1]));
                break;
            case "two raw":
                input.Contents = null;
                request.RawInputContents.AddRange([ByteString.Empty, ByteString.Empty]);
                break;
            case "other output": request.Outputs.Add(new InferRequestedOutputTensor { Name = "x" }); break;
            case "output twice":
                request.Outputs.AddRange([new InferRequestedOutputTensor { Name = "labels" }, new InferRequestedOutputTensor { Name = "labels" }]);
                break;
            case "shared memory": input.Parameters["shared_memory_region"] = region; break;
            case "shared memory out":
                request.Outputs.Add(new InferRequestedOutputTensor { Name = "labels", Parameters = { ["shared_memory_region"] = region } });
                break;
            case "classification":
                request.Outputs.Add(new InferRequestedOutputTensor { Name = "labels", Parameters = { ["classification"] = new InferParameter { Int64Param = 3 } } });
                break;
            case "other variant": request.Parameters["variant"] = new InferParameter { StringParam = "int4" }; break;
            default: throw new ArgumentException(what);
        }
    }

    private static GRPCInferenceService.GRPCInferenceServiceClient Client(Fixture fixture) => new(fixture.Host.Channel);

    /// <param name="model">Name.</param>
    /// <param name="count">N.</param>
    /// <param name="labels">What the model shall find, of one image or of all.</param>
    /// <param name="whole">Whether it is of all.</param>
    private static ModelInferRequest Request(string model, int count, byte[] labels, bool whole = false)
    {
        var grey = labels.Select(label => (float)label * GreyModel.GreyPerClass).ToArray();
        var input = new InferInputTensor
        {
            Name = "image",
            Datatype = "FP32",
            Shape = { count, 1, Side, Side },
            Contents = new InferTensorContents(),
        };
        for (var i = 0; i < (whole ? 1 : count); i++)
        {
            input.Contents.Fp32Contents.AddRange(grey);
        }

        return new ModelInferRequest { ModelName = model, Id = "42", Inputs = { input } };
    }

    private static ModelInferRequest Raw(ModelInferRequest typed)
    {
        var raw = typed.Clone();
        raw.Inputs[0].Contents = null;
        raw.RawInputContents.Add(ByteString.CopyFrom(MemoryMarshal.AsBytes(typed.Inputs[0].Contents.Fp32Contents.ToArray().AsSpan())));
        return raw;
    }

    private static Task<RpcException> FailureAsync(GRPCInferenceService.GRPCInferenceServiceClient client, ModelInferRequest request) =>
        Assert.ThrowsAsync<RpcException>(async () => await client.ModelInferAsync(request, cancellationToken: Token));

    private static async Task<IEnumerable<(string Name, string State)>> IndexAsync(
        GRPCInferenceService.GRPCInferenceServiceClient client, bool ready) =>
        (await client.RepositoryIndexAsync(new RepositoryIndexRequest { Ready = ready }, cancellationToken: Token))
            .Models.Select(model => (model.Name, model.State));
}
