using Grpc.Core;

namespace OrganSeg.Cli.Work;

/// <summary>A call that sends much and is answered meanwhile.</summary>
internal static class Upload
{
    /// <summary>Sends and receives until the answer is there, or one of the two has failed.</summary>
    /// <param name="call">The call, which is the caller's.</param>
    /// <param name="send">Sends everything and completes the stream.</param>
    /// <param name="receive">Reads to the end and gives the answer.</param>
    /// <param name="cancellationToken">Ends both.</param>
    public static async Task<TResult> RunAsync<TRequest, TResponse, TResult>(
        AsyncDuplexStreamingCall<TRequest, TResponse> call,
        Func<IClientStreamWriter<TRequest>, CancellationToken, Task> send,
        Func<IAsyncStreamReader<TResponse>, Task<TResult>> receive,
        CancellationToken cancellationToken)
    {
        // Ends the sending when the service has answered that something is wrong.
        using var sending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var answer = receive(call.ResponseStream);
        var sent = send(call.RequestStream, sending.Token);
        try
        {
            if (await Task.WhenAny(answer, sent) == sent)
            {
                await sent;
            }
        }
        catch (Exception error) when (error is RpcException or InvalidOperationException)
        {
            // The service has closed the call; its answer says why.
        }
        catch
        {
            call.Dispose();
            await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        try
        {
            return await answer;
        }
        finally
        {
            await sending.CancelAsync();
            await sent.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
