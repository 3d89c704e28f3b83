using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Grpc.Health.V1;
using OrganSeg.V1;

namespace OrganSeg.ServiceDefaults.Tests;

/// <summary>What an orchestrator and a client ask of every service.</summary>
public sealed class HealthTests
{
    private static readonly GetModelHandler Unused = (_, _) => Task.FromResult(new Model());

    [Fact]
    public async Task Health_EveryCheckPasses_IsReadyAndAlive()
    {
        var token = TestContext.Current.CancellationToken;
        await using var service = await TestService.StartAsync(
            Unused, token, builder => builder.AddReadiness("store", (_, _) => Task.CompletedTask));

        Assert.Equal(HttpStatusCode.OK, (await service.Http.GetAsync(new Uri("/health", UriKind.Relative), token)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await service.Http.GetAsync(new Uri("/ready", UriKind.Relative), token)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await service.Http.GetAsync(new Uri("/alive", UriKind.Relative), token)).StatusCode);
        var health = new Health.HealthClient(service.Channel);
        using var watch = health.Watch(new HealthCheckRequest(), cancellationToken: token);
        while (await watch.ResponseStream.MoveNext(token)
            && watch.ResponseStream.Current.Status != HealthCheckResponse.Types.ServingStatus.Serving)
        {
            // The first status may precede the first check.
        }

        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, watch.ResponseStream.Current.Status);
    }

    [Fact]
    public async Task Health_StoreUnreachable_IsAliveButNotReady()
    {
        var token = TestContext.Current.CancellationToken;
        await using var service = await TestService.StartAsync(Unused, token, builder => builder.AddReadiness(
            "store", (_, _) => throw new OrganSegException(ErrorKind.Dependency, "The store does not answer.")));

        foreach (var path in (string[])["/health", "/ready"])
        {
            using var answer = await service.Http.GetAsync(new Uri(path, UriKind.Relative), token);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        }

        Assert.Equal(HttpStatusCode.OK, (await service.Http.GetAsync(new Uri("/alive", UriKind.Relative), token)).StatusCode);
    }

    [Fact]
    public async Task Info_Asked_NamesServiceVersionAndStore()
    {
        var token = TestContext.Current.CancellationToken;
        await using var service = await TestService.StartAsync(Unused, token);

        var information = await service.Http.GetFromJsonAsync<JsonElement>(new Uri("/v1/info", UriKind.Relative), token);

        Assert.Equal("probe", information.GetProperty("service").GetString());
        Assert.Equal(TestService.StoreIdentity, information.GetProperty("store").GetString());
        Assert.NotEqual("0", information.GetProperty("version").GetString());
    }
}
