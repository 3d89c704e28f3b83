using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using OrganSeg.V1;

namespace OrganSeg.ServiceDefaults.Tests;

/// <summary>What Prometheus finds at every service.</summary>
[Collection(AloneCollection.Name)]
public sealed class MetricsTests
{
    [Fact]
    public async Task Metrics_Scraped_HaveOurMetersAndTheRequestsOfOthers()
    {
        var token = TestContext.Current.CancellationToken;
        using var meter = new Meter("OrganSeg.Probe");
        await using var service = await TestService.StartAsync((_, _) => Task.FromResult(new Model()), token);
        meter.CreateCounter<long>("organseg.probe.things", "{thing}").Add(3);
        await service.Client.GetModelAsync(new GetModelRequest(), cancellationToken: token);

        using var answer = await service.Http.GetAsync(new Uri("/metrics", UriKind.Relative), token);
        var lines = (await answer.Content.ReadAsStringAsync(token)).Split('\n');

        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        Assert.EndsWith(" 3", Assert.Single(lines, line => line.StartsWith("organseg_probe_things_total{", StringComparison.Ordinal)), StringComparison.Ordinal);
        var requests = lines.Where(line => line.StartsWith("http_server_request_duration_seconds_count{", StringComparison.Ordinal));
        Assert.Contains("GetModel", Assert.Single(requests), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/health", false)]
    [InlineData("/alive", false)]
    [InlineData("/ready", false)]
    [InlineData("/metrics", false)]
    [InlineData("/openapi/v1.json", false)]
    [InlineData("/grpc.health.v1.Health/Check", false)]
    [InlineData("/v1/models", true)]
    [InlineData("/v2/models/grey/ready", true)]
    public void IsWork_OfAPath_IsWhatIsTraced(string path, bool traced)
    {
        var context = new DefaultHttpContext();
        context.Request.Path = path;

        Assert.Equal(traced, TelemetryExtensions.IsWork(context));
    }
}
