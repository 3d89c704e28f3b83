using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Grpc.Core;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.OpenInference;
using static OrganSeg.OpenInference.ModelInferRequest.Types;

namespace OrganSeg.Inference.Tests.OpenInference;

/// <summary>Configuration, statistics and streaming, over gRPC and REST. Numbers and names of the messages are tried by the Python client.</summary>
public sealed class TritonExtensionTests
{
    private const int Side = 16;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ModelConfig_OfAnAlias_SaysTheContractInBothForms()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        await fixture.Models.PromoteAsync("production", "grey@1", Token);
        using var http = fixture.Http();

        var config = (await Client(fixture).ModelConfigAsync(new ModelConfigRequest { Name = "production" }, cancellationToken: Token)).Config;
        var json = (await http.GetFromJsonAsync<JsonObject>("/v2/models/production/config", Token))!;

        // 60 MiB of answers at 1 + 4·5 bytes a pixel, by hand: 2 995 931 pixels; 64² fit into that 731 times.
        Assert.Equal(("production", "onnxruntime", 731), (config.Name, config.Backend, config.MaxBatchSize));
        Assert.Equal([DataType.TypeUint8, DataType.TypeFp32], config.Output.Select(output => output.DataType));
        Assert.Equal([5L, -1, -1], config.Output[1].Dims);
        Assert.Equal(("grey@1", "float32"), (config.Parameters["model"].StringValue, config.Parameters["variant"].StringValue));
        Assert.Equal(731, json["max_batch_size"]!.GetValue<int>());
        Assert.Equal("TYPE_UINT8", json["output"]![0]!["data_type"]!.GetValue<string>());
        Assert.Equal(-1, json["input"]![0]!["dims"]![1]!.GetValue<int>());
        Assert.Equal("KIND_CPU", json["instance_group"]![0]!["kind"]!.GetValue<string>());
        Assert.Equal("grey@1", json["parameters"]!["model"]!["string_value"]!.GetValue<string>());
    }

    [Fact]
    public async Task ModelStatistics_AfterSlicesAndTensors_CountsBoth()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        await fixture.PublishAsync("idle", GreyModel.Onnx());
        var client = Client(fixture);
        using var http = fixture.Http();

        await fixture.SegmentAsync(GreyModel.Paint(Fixture.Stripes(64, 64)), "grey@1");
        await client.ModelInferAsync(Request("grey", 3), cancellationToken: Token);
        var all = await client.ModelStatisticsAsync(new ModelStatisticsRequest(), cancellationToken: Token);
        var second = await http.GetFromJsonAsync<JsonObject>("/v2/models/grey/versions/2/stats", Token);
        var idle = await http.GetFromJsonAsync<JsonObject>("/v2/models/idle/stats", Token);

        Assert.Equal([("grey", "1", 1UL), ("grey", "2", 3UL)], all.ModelStats.Select(m => (m.Name, m.Version, m.InferenceCount)));
        Assert.All(all.ModelStats, model => Assert.Equal((1UL, 1UL), (model.ExecutionCount, model.InferenceStats.Success.Count)));
        Assert.Equal(3UL, Assert.Single(all.ModelStats[1].BatchStats).BatchSize);
        var model = Assert.Single(second!["model_stats"]!.AsArray())!;
        Assert.Equal(3, model["inference_count"]!.GetValue<int>());
        Assert.True(model["inference_stats"]!["compute_infer"]!["ns"]!.GetValue<long>() > 0);
        Assert.Equal(0, idle!["model_stats"]![0]!["execution_count"]!.GetValue<int>());
        Assert.Equal(2, (await http.GetFromJsonAsync<JsonObject>("/v2/models/stats", Token))!["model_stats"]!.AsArray().Count);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/v2/models/nobody/stats", Token)).StatusCode);
    }

    [Fact]
    public async Task ModelStreamInfer_MoreThanTheQueueHolds_AllAreAnsweredInOrder()
    {
        await using var fixture = await Fixture.StartAsync(("QueueCapacity", "1"));
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        using var call = Client(fixture).ModelStreamInfer(cancellationToken: Token);
        var sending = SendAsync();
        var answers = new List<ModelStreamInferResponse>();
        await foreach (var answer in call.ResponseStream.ReadAllAsync(Token))
        {
            answers.Add(answer);
        }

        await sending;

        Assert.Equal(Enumerable.Range(0, 40).Select(i => i.ToString()), answers.Select(answer => answer.InferResponse.Id));
        Assert.All(answers, (answer, i) => Assert.Equal(i == 7 ? "There is no" : "", answer.ErrorMessage[..Math.Min(11, answer.ErrorMessage.Length)]));

        async Task SendAsync()
        {
            for (var i = 0; i < 40; i++)
            {
                await call.RequestStream.WriteAsync(Request(i == 7 ? "nobody" : "grey", 1, i.ToString()), Token);
            }

            await call.RequestStream.CompleteAsync();
        }
    }

    private static ModelInferRequest Request(string model, int count, string id = "") => new()
    {
        ModelName = model,
        Id = id,
        Inputs = { new InferInputTensor { Name = "image", Datatype = "FP32", Shape = { count, 1, Side, Side } } },
        RawInputContents = { Google.Protobuf.ByteString.CopyFrom(new byte[sizeof(float) * count * Side * Side]) },
    };

    private static GRPCInferenceService.GRPCInferenceServiceClient Client(Fixture fixture) => new(fixture.Host.Channel);
}
