using Grpc.Core;
using Grpc.Health.V1;
using OrganSeg.Inference.Serving;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.OpenInference;

namespace OrganSeg.Inference.Tests;

/// <summary>Whether requests should be sent here, which is another question than whether the service works.</summary>
public sealed class ReadinessTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ready_EmptyThenPublishedThenUnloaded_FollowsTheModels()
    {
        await using var fixture = await Fixture.StartAsync(("ReadinessSeconds", "0"));
        using var http = fixture.Http();

        Assert.Equal("200 200 503", await AskAsync(http));
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        Assert.Equal("200 200 200", await AskAsync(http));
        Assert.Equal(1, fixture.Host.Get<ModelPool>().Count);
        await Repository(fixture).RepositoryModelUnloadAsync(new RepositoryModelUnloadRequest { ModelName = "grey" }, cancellationToken: Token);
        Assert.Equal("200 200 503", await AskAsync(http));
        await Repository(fixture).RepositoryModelLoadAsync(new RepositoryModelLoadRequest { ModelName = "grey" }, cancellationToken: Token);
        Assert.Equal("200 200 200", await AskAsync(http));
    }

    [Fact]
    public async Task Ready_OnlyABrokenModel_IsNotReady()
    {
        await using var fixture = await Fixture.StartAsync();
        using var http = fixture.Http();
        await fixture.PublishAsync("broken", [1, 2, 3]);

        Assert.Equal("200 200 503", await AskAsync(http));
    }

    [Fact]
    public async Task Ready_NoModelAMomentAgo_IsTrustedWithoutLookingAgain()
    {
        await using var fixture = await Fixture.StartAsync(("ReadinessSeconds", "60"));
        using var http = fixture.Http();

        Assert.Equal("200 200 503", await AskAsync(http));
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        Assert.Equal("200 200 503", await AskAsync(http));
        // What is loaded counts at once.
        await fixture.SegmentAsync(GreyModel.Paint(Fixture.Stripes(64, 64)), "grey");
        Assert.Equal("200 200 200", await AskAsync(http));
    }

    [Theory]
    [InlineData("organseg.v1.InferenceService")]
    [InlineData("inference.GRPCInferenceService")]
    public async Task GrpcHealth_OfAServiceName_FollowsTheModelsAndTheEmptyNameDoesNot(string service)
    {
        await using var fixture = await Fixture.StartAsync(("ReadinessSeconds", "0"));
        var health = new Health.HealthClient(fixture.Host.Channel);

        Assert.Equal("Serving", await StatusAsync(""));
        Assert.Equal("NotServing", await StatusAsync(service));
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        Assert.Equal("Serving", await StatusAsync(service));
        var unknown = await Assert.ThrowsAsync<RpcException>(() => StatusAsync("nobody"));
        Assert.Equal(StatusCode.NotFound, unknown.StatusCode);

        async Task<string> StatusAsync(string name) =>
            (await health.CheckAsync(new HealthCheckRequest { Service = name }, cancellationToken: Token)).Status.ToString();
    }

    [Fact]
    public async Task GrpcHealth_WatchedWhileAModelIsPublished_FollowsAndLoadsNothing()
    {
        await using var fixture = await Fixture.StartAsync();
        using var watch = new Health.HealthClient(fixture.Host.Channel).Watch(
            new HealthCheckRequest { Service = "organseg.v1.InferenceService" }, cancellationToken: Token);

        Assert.True(await watch.ResponseStream.MoveNext(Token));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, watch.ResponseStream.Current.Status);
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        Assert.True(await watch.ResponseStream.MoveNext(Token));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, watch.ResponseStream.Current.Status);
        Assert.Equal(0, fixture.Host.Get<ModelPool>().Count);
    }

    private static GRPCInferenceService.GRPCInferenceServiceClient Repository(Fixture fixture) => new(fixture.Host.Channel);

    /// <summary>Statuses of /alive, /health and /ready.</summary>
    private static async Task<string> AskAsync(HttpClient http)
    {
        var answers = new List<int>();
        foreach (var path in (string[])["/alive", "/health", "/ready"])
        {
            using var answer = await http.GetAsync(path, Token);
            answers.Add((int)answer.StatusCode);
        }

        return string.Join(' ', answers);
    }
}
