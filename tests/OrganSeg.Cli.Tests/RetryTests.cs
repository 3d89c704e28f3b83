using Grpc.Core;
using OrganSeg.Cli.Services;

namespace OrganSeg.Cli.Tests;

public sealed class RetryTests
{
    private readonly List<string> _said = [];

    [Fact]
    public async Task Run_ServiceComesBack_GivesItsAnswer()
    {
        var calls = 0;

        var answer = await New().RunAsync(
            "inference",
            _ => ++calls < 3 ? throw new RpcException(new Status(StatusCode.Unavailable, "gone")) : Task.FromResult(calls),
            TestContext.Current.CancellationToken);

        Assert.Equal(3, answer);
        Assert.Equal(["inference stopped answering; trying again", "inference stopped answering; trying again"], _said);
    }

    [Fact]
    public async Task Run_ServiceStaysAway_NamesIt()
    {
        var error = await Assert.ThrowsAsync<OrganSegException>(() => New().RunAsync<int>(
            "trainer", _ => throw new RpcException(new Status(StatusCode.Unavailable, "refused")), TestContext.Current.CancellationToken));

        Assert.Equal(ErrorKind.Dependency, error.Kind);
        Assert.Contains("trainer stopped answering", error.Message);
        Assert.Contains("refused", error.Message);
    }

    [Theory]
    [InlineData(StatusCode.NotFound)]
    [InlineData(StatusCode.InvalidArgument)]
    [InlineData(StatusCode.Internal)]
    public async Task Run_ServiceSaysNo_IsNotRepeated(StatusCode status)
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => New().RunAsync<int>(
            "ingest", _ => throw new RpcException(new Status(status, "no")), TestContext.Current.CancellationToken));

        Assert.Equal(status, error.StatusCode);
        Assert.Empty(_said);
    }

    private Retry New() => new(_said.Add, new HastyClock());

    /// <summary>Every delay is over at once.</summary>
    private sealed class HastyClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.Zero, period);
    }
}
