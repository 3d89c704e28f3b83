using System.Globalization;
using Grpc.Core;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.OpenInference;

namespace OrganSeg.Inference.Tests;

/// <summary>What Prometheus reads after known requests.</summary>
[Collection(AloneCollection.Name)]
public sealed class MetricsTests
{
    private static readonly string[] Grey = ["organseg_model=\"grey\"", "organseg_model_version=\"1\"", "organseg_variant=\"float32\""];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metrics_AfterRequests_HaveTheirNamesTagsBucketsAndNumbers()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        for (var i = 0; i < 3; i++)
        {
            await fixture.SegmentAsync(GreyModel.Paint(Fixture.Stripes(64, 64)), "grey");
        }

        await Assert.ThrowsAsync<RpcException>(() => fixture.SegmentAsync(Fixture.Stripes(64, 64), "nobody"));
        var metrics = await ScrapeAsync(fixture);

        Assert.Equal(3, metrics.Value("organseg_inference_requests_total", [.. Grey, "organseg_outcome=\"ok\""]));
        Assert.Equal(1, metrics.Value("organseg_inference_requests_total", "organseg_outcome=\"Missing\""));
        Assert.Equal(1, metrics.Value("organseg_inference_loads_total", [.. Grey, "organseg_outcome=\"loaded\""]));
        Assert.Equal(3, metrics.Value("organseg_inference_queue_duration_seconds_count", Grey));
        Assert.Equal(3, metrics.Value("organseg_inference_run_duration_seconds_count", Grey));
        Assert.InRange(metrics.Value("organseg_inference_run_duration_seconds_sum", Grey), 1e-6, 60);
        Assert.Equal(3, metrics.Value("organseg_inference_batch_size_bucket", [.. Grey, "le=\"1\""]));
        Assert.Equal(1, metrics.Value("organseg_inference_models_loaded"));
        Assert.Equal(0, metrics.Value("organseg_inference_queue_depth", Grey));
        Assert.Equal(
            ["0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "30", "+Inf"],
            metrics.Buckets("organseg_inference_queue_duration_seconds"));
        Assert.Equal(["1", "2", "4", "8", "16", "32", "64", "+Inf"], metrics.Buckets("organseg_inference_batch_size"));
    }

    [Fact]
    public async Task Metrics_ModelUnloaded_GaugesReturnToZero()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        await fixture.SegmentAsync(GreyModel.Paint(Fixture.Stripes(64, 64)), "grey");
        await new GRPCInferenceService.GRPCInferenceServiceClient(fixture.Host.Channel).RepositoryModelUnloadAsync(
            new RepositoryModelUnloadRequest { ModelName = "grey" }, cancellationToken: Token);

        Assert.Equal(0, (await ScrapeAsync(fixture)).Value("organseg_inference_models_loaded"));
    }

    [Fact]
    public async Task Metrics_SwitchedOff_AreNotServed()
    {
        using var folder = new TemporaryFolder();
        await using var host = await ServiceHost.StartInferenceAsync(
            folder.Path, Token, new Dictionary<string, string?> { ["Prometheus:Enabled"] = "false" });
        using var http = new HttpClient { DefaultRequestVersion = new Version(2, 0), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        Assert.Equal(404, (int)(await http.GetAsync(new Uri(host.Address + "/metrics"), Token)).StatusCode);
    }

    private static async Task<Scrape> ScrapeAsync(Fixture fixture)
    {
        using var http = fixture.Http();
        var text = await http.GetStringAsync("/metrics", Token);
        return new Scrape([.. text.Split('\n').Where(line => line.Length > 0 && line[0] != '#')]);
    }

    private sealed record Scrape(string[] Lines)
    {
        /// <summary>The only sample of that name that has all of these labels.</summary>
        public double Value(string name, params string[] labels)
        {
            var line = Assert.Single(Lines, line => IsOf(line, name) && labels.All(label => line.Contains(label, StringComparison.Ordinal)));
            var value = line[(line.LastIndexOf('}') + 1)..].TrimStart();
            return double.Parse(value.Split(' ')[line.Contains('}') ? 0 : 1], CultureInfo.InvariantCulture);
        }

        public IEnumerable<string> Buckets(string name) =>
            Lines.Where(line => IsOf(line, name + "_bucket")).Select(line => line.Split("le=\"")[1].Split('"')[0]);

        private static bool IsOf(string line, string name) =>
            line.StartsWith(name + '{', StringComparison.Ordinal) || line.StartsWith(name + ' ', StringComparison.Ordinal);
    }
}
