using Grpc.Core;

namespace OrganSeg.Cli.Services;

/// <summary>Repeats calls whose service went away, until it is back or patience ends.</summary>
/// <param name="say">Tells the user that a call is repeated.</param>
/// <param name="time">The clock.</param>
internal sealed class Retry(Action<string> say, TimeProvider time)
{
    /// <summary>Pauses between attempts; the sum is longer than a service needs to come back.</summary>
    private static readonly int[] PausesSeconds = [1, 2, 3, 5, 5, 5, 10, 10];

    /// <summary>Runs a call that may safely be made again.</summary>
    /// <param name="service">Who answers, for messages.</param>
    /// <param name="call">The whole call, from its first message. It may report that it got further, so that its
    /// patience begins anew, by its argument.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="OrganSegException">The service did not come back.</exception>
    public async Task<T> RunAsync<T>(string service, Func<Action, Task<T>> call, CancellationToken cancellationToken)
    {
        var attempt = 0;
        while (true)
        {
            try
            {
                return await call(() => attempt = 0);
            }
            catch (RpcException error) when (IsLoss(error) && !cancellationToken.IsCancellationRequested)
            {
                if (attempt == PausesSeconds.Length)
                {
                    throw new OrganSegException(
                        ErrorKind.Dependency,
                        $"{service} stopped answering and did not come back: {error.Status.Detail}",
                        error);
                }

                say($"{service} stopped answering; trying again");
                await Task.Delay(TimeSpan.FromSeconds(PausesSeconds[attempt++]), time, cancellationToken);
            }
        }
    }

    /// <summary>Runs a lookup, or another call without progress that may safely be made again.</summary>
    public Task<T> RunAsync<T>(string service, Func<AsyncUnaryCall<T>> call, CancellationToken cancellationToken) =>
        RunAsync(
            service,
            async _ =>
            {
                using var running = call();
                return await running;
            },
            cancellationToken);

    /// <summary>Whether the other side went away, rather than answered that something is wrong.</summary>
    public static bool IsLoss(RpcException error) =>
        error.StatusCode == StatusCode.Unavailable
        // A connection that breaks within a stream; a server that says Internal leaves no exception here.
        || error is { StatusCode: StatusCode.Internal, Status.DebugException: HttpRequestException or IOException };
}
