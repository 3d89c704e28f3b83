using System.Diagnostics;
using Grpc.Core;
using OrganSeg.V1;

namespace OrganSeg.ServiceDefaults.Tests;

/// <summary>How metrics lead to traces, and tell calls that failed from others.</summary>
[Collection(AloneCollection.Name)]
public sealed class ExemplarTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metrics_InTheFormatOfExemplars_NameTheTraceOfACall()
    {
        await using var service = await TestService.StartAsync((_, _) => Task.FromResult(new Model()), Token);
        using var caller = Caller(ActivityTraceFlags.Recorded);
        await service.Client.GetModelAsync(new GetModelRequest(), cancellationToken: Token);

        var bucket = Assert.Single(await BucketsAsync(service), line => line.Contains("# {", StringComparison.Ordinal));

        Assert.Contains($"trace_id=\"{caller.TraceId}\"", bucket, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_OfACallThatIsNotTraced_NameNone()
    {
        await using var service = await TestService.StartAsync((_, _) => Task.FromResult(new Model()), Token);
        using var caller = Caller(ActivityTraceFlags.None);
        await service.Client.GetModelAsync(new GetModelRequest(), cancellationToken: Token);

        var buckets = await BucketsAsync(service);

        Assert.NotEmpty(buckets);
        Assert.DoesNotContain(buckets, line => line.Contains("# {", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true, "Missing")]
    [InlineData(false, "Internal")]
    public async Task Metrics_OfACallThatFailed_SayWhy(bool expected, string kind)
    {
        await using var service = await TestService.StartAsync(
            (_, _) => throw (expected ? new OrganSegException(ErrorKind.Missing, "none") : new InvalidOperationException("odd")), Token);
        await Assert.ThrowsAsync<RpcException>(
            async () => await service.Client.GetModelAsync(new GetModelRequest(), cancellationToken: Token));

        var lines = (await service.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Token)).Split('\n');

        var count = Assert.Single(lines, line => line.StartsWith("http_server_request_duration_seconds_count{", StringComparison.Ordinal));
        Assert.Contains($"error_type=\"{kind}\"", count, StringComparison.Ordinal);
    }

    /// <summary>A span that the client passes on, with whether it is kept.</summary>
    private static Activity Caller(ActivityTraceFlags flags) => new Activity("caller")
        .SetParentId(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), flags).Start();

    private static async Task<List<string>> BucketsAsync(TestService service)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/metrics", UriKind.Relative));
        request.Headers.TryAddWithoutValidation("Accept", "application/openmetrics-text;version=1.0.0");
        using var answer = await service.Http.SendAsync(request, Token);
        Assert.Equal("application/openmetrics-text", answer.Content.Headers.ContentType?.MediaType);
        return
        [
            .. (await answer.Content.ReadAsStringAsync(Token)).Split('\n')
                .Where(line => line.StartsWith("http_server_request_duration_seconds_bucket{", StringComparison.Ordinal)),
        ];
    }
}
