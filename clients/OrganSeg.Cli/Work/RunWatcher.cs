using Grpc.Core;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Terminal;
using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>Follows a run to its end, across restarts of the Trainer.</summary>
internal static class RunWatcher
{
    private static readonly TimeSpan CancelPatience = TimeSpan.FromSeconds(20);

    /// <summary>Watches until the run has ended; when told to stop, cancels the run and says how it goes on.</summary>
    /// <returns>The run, which has succeeded.</returns>
    /// <exception cref="OrganSegException">The run failed or was cancelled by someone else.</exception>
    public static async Task<RunResult> FollowAsync(
        ServiceConnection services, Run run, Output output, CancellationToken cancellationToken)
    {
        RunResult ended;
        try
        {
            ended = await output.WithProgressAsync(board => WatchAsync(services, run, board, cancellationToken));
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            await CancelAsync(services, run.RunId, output);
            throw;
        }

        return ended.Run.State switch
        {
            RunState.Succeeded => ended,
            RunState.Cancelled => throw new OrganSegException(
                ErrorKind.Cancelled, $"run {run.RunId} was cancelled; 'organseg resume {run.RunId}' continues it"),
            _ => throw new OrganSegException(
                ErrorKind.Dependency,
                $"run {run.RunId} failed: {ended.Run.Error}{Environment.NewLine}'organseg resume {run.RunId}' continues it from its last checkpoint"),
        };
    }

    /// <summary>Whether a run has come to an end.</summary>
    public static bool IsFinal(RunState state) => state is RunState.Succeeded or RunState.Failed or RunState.Cancelled;

    private static async Task<RunResult> WatchAsync(
        ServiceConnection services, Run run, IProgressBoard board, CancellationToken cancellationToken)
    {
        var view = new TrainingBoard(board, run.SpecificationJson);
        EpochMetrics? best = null;
        ulong seen = 0;
        var last = await services.Retry.RunAsync(
            "trainer",
            async progressed =>
            {
                using var call = services.Trainer.WatchRun(
                    new WatchRunRequest { RunId = run.RunId, Skip = seen },
                    services.Call(ServiceConnection.Long, cancellationToken));
                Run? current = null;
                while (await call.ResponseStream.MoveNext(cancellationToken))
                {
                    var happened = call.ResponseStream.Current;
                    seen = Math.Max(seen + 1, happened.Sequence);
                    progressed();
                    view.Show(happened);
                    best = happened.Epoch is { Best: true } epoch ? epoch : best;
                    current = happened.Run ?? current;
                }

                if (current is null || !IsFinal(current.State))
                {
                    // A Trainer that took the run over tells it again from its last checkpoint, perhaps in fewer events
                    // than were seen already; then the end is only in the run itself.
                    current = await services.Trainer.GetRunAsync(
                        new GetRunRequest { RunId = run.RunId }, services.Call(ServiceConnection.Short, cancellationToken));
                }

                return IsFinal(current.State)
                    ? current
                    : throw new RpcException(new Status(StatusCode.Unavailable, "the Trainer ended the stream before the run had ended"));
            },
            cancellationToken);
        return new RunResult(last, best);
    }

    private static async Task CancelAsync(ServiceConnection services, string runId, Output output)
    {
        // The command's own token is cancelled; this is what it still has to do.
        using var patience = new CancellationTokenSource(CancelPatience);
        output.Note($"cancelling run {runId}");
        try
        {
            await services.Trainer.CancelRunAsync(
                new CancelRunRequest { RunId = runId }, services.Call(CancelPatience, patience.Token));
            using var call = services.Trainer.WatchRun(
                new WatchRunRequest { RunId = runId }, services.Call(CancelPatience, patience.Token));
            while (await call.ResponseStream.MoveNext(patience.Token))
            {
                // Events until the run has written its last checkpoint and ended.
            }
        }
        catch (RpcException error)
        {
            // Ctrl-C reaches the services too, which then stop the run themselves.
            output.Note($"the trainer is stopping already ({error.StatusCode})");
        }

        output.Note($"'organseg resume {runId}' continues it from its last checkpoint");
    }
}
