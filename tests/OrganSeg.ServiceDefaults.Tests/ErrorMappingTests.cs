using Grpc.Core;
using OrganSeg.Contracts;
using OrganSeg.V1;

namespace OrganSeg.ServiceDefaults.Tests;

/// <summary>Errors as a caller sees them, over real gRPC.</summary>
public sealed class ErrorMappingTests
{
    // The table of docs/architecture.md, written out by hand.
    [Theory]
    [InlineData(ErrorKind.Invalid, StatusCode.InvalidArgument)]
    [InlineData(ErrorKind.Missing, StatusCode.NotFound)]
    [InlineData(ErrorKind.Exists, StatusCode.AlreadyExists)]
    [InlineData(ErrorKind.NotReady, StatusCode.FailedPrecondition)]
    [InlineData(ErrorKind.Quota, StatusCode.ResourceExhausted)]
    [InlineData(ErrorKind.Dependency, StatusCode.Unavailable)]
    [InlineData(ErrorKind.Cancelled, StatusCode.Cancelled)]
    [InlineData(ErrorKind.Corrupt, StatusCode.DataLoss)]
    public async Task Call_ServiceThrowsKind_CallerSeesStatusAndKind(ErrorKind kind, StatusCode expected)
    {
        var token = TestContext.Current.CancellationToken;
        await using var service = await TestService.StartAsync(
            (_, _) => throw new OrganSegException(kind, "model 'liver-net': say why"), token);

        var error = await Assert.ThrowsAsync<RpcException>(
            () => service.Client.GetModelAsync(new GetModelRequest(), cancellationToken: token).ResponseAsync);

        Assert.Equal(expected, error.StatusCode);
        Assert.Equal("model 'liver-net': say why", error.Status.Detail);
        Assert.Equal(kind, GrpcErrors.ToOrganSegException(error).Kind);
    }

    [Fact]
    public async Task Call_ServiceThrowsViolations_CallerSeesEveryField()
    {
        var token = TestContext.Current.CancellationToken;
        await using var service = await TestService.StartAsync((_, _) => throw new OrganSegException([
            new FieldViolation("settings.width", "must be at least 4"),
            new FieldViolation("settings.epochs", "must be positive")]), token);

        var error = await Assert.ThrowsAsync<RpcException>(
            () => service.Client.GetModelAsync(new GetModelRequest(), cancellationToken: token).ResponseAsync);

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal(
            [new("settings.width", "must be at least 4"), new FieldViolation("settings.epochs", "must be positive")],
            GrpcErrors.ToOrganSegException(error).Violations);
    }

    [Fact]
    public async Task Call_ServiceThrowsQuotaWithRetry_CallerSeesWhenToRetry()
    {
        var token = TestContext.Current.CancellationToken;
        await using var service = await TestService.StartAsync(
            (_, _) => throw new OrganSegException(ErrorKind.Quota, "full") { RetryAfter = TimeSpan.FromMilliseconds(1500) }, token);

        var error = await Assert.ThrowsAsync<RpcException>(
            () => service.Client.GetModelAsync(new GetModelRequest(), cancellationToken: token).ResponseAsync);

        Assert.Equal(TimeSpan.FromMilliseconds(1500), GrpcErrors.ToOrganSegException(error).RetryAfter);
    }

    [Fact]
    public async Task Call_ServiceThrowsUnexpected_TextIsHiddenAndTraceIdShown()
    {
        var token = TestContext.Current.CancellationToken;
        await using var service = await TestService.StartAsync(
            (_, _) => throw new InvalidOperationException("secret of the house"), token);

        var error = await Assert.ThrowsAsync<RpcException>(
            () => service.Client.GetModelAsync(new GetModelRequest(), cancellationToken: token).ResponseAsync);

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.DoesNotContain("secret", error.Status.Detail, StringComparison.Ordinal);
        Assert.Matches("trace id [0-9a-f]{32}", error.Status.Detail);
    }

    [Fact]
    public async Task Rest_ServiceThrowsMissing_Answers404()
    {
        var token = TestContext.Current.CancellationToken;
        await using var service = await TestService.StartAsync(
            (_, _) => throw new OrganSegException(ErrorKind.Missing, "model 'x': there is none"), token);

        using var answer = await service.Http.GetAsync(new Uri("/v1/models/x", UriKind.Relative), token);

        Assert.Equal(System.Net.HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("there is none", await answer.Content.ReadAsStringAsync(token), StringComparison.Ordinal);
    }
}
