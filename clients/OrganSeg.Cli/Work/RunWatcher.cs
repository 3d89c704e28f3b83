using Grpc.Core;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Terminal;
using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>Follows a run to its end, across restarts of the Trainer.</summary>
internal static class RunWatcher
{
    private static readonly TimeSpan CancelPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PlaceInterval = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Watches until the run has ended, a cross-validation's folds one after the other before it; when told to stop, cancels
    /// the run and says how it goes on.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="run">The run.</param>
    /// <param name="output">Where it is shown.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <param name="onlyLooks">Whether the run goes on when this is told to stop.</param>
    /// <returns>The run, which has succeeded.</returns>
    /// <exception cref="OrganSegException">The run failed or was cancelled by someone else.</exception>
    public static async Task<RunResult> FollowAsync(
        ServiceConnection services, Run run, Output output, CancellationToken cancellationToken, bool onlyLooks = false)
    {
        RunResult ended;
        try
        {
            await FollowFoldsAsync(services, run, output, cancellationToken);
            ended = await ShowAsync(services, run, output, cancellationToken);

            // The events of a cross-validation do not carry what it measured.
            ended = run.Members.Count == 0 ? ended : ended with { Run = await GetAsync(services, run.RunId, cancellationToken) };
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested && !onlyLooks)
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

    /// <summary>A fold that fails does not end it: the others still train, and the cross-validation tells of it at the end.</summary>
    private static async Task FollowFoldsAsync(
        ServiceConnection services, Run run, Output output, CancellationToken cancellationToken)
    {
        for (var fold = 1; fold <= run.Members.Count; fold++)
        {
            var member = await GetAsync(services, run.Members[fold - 1], cancellationToken);
            output.Note($"fold {fold} of {run.Members.Count}: run {member.RunId}{(IsFinal(member.State) ? ", over already" : string.Empty)}");
            if (!IsFinal(member.State))
            {
                member = (await ShowAsync(services, member, output, cancellationToken)).Run;
            }

            output.Note(member.State == RunState.Succeeded
                ? $"fold {fold} of {run.Members.Count}: published {member.Model}@{member.ModelVersion}"
                : $"fold {fold} of {run.Members.Count}: {member.State.ToString().ToLowerInvariant()} {member.Error}".TrimEnd());
        }
    }

    private static Task<RunResult> ShowAsync(
        ServiceConnection services, Run run, Output output, CancellationToken cancellationToken) => output.WithScreenAsync(
        draw => WatchAsync(services, run, new TrainingScreen(run, draw, services.Time), cancellationToken),
        board => WatchAsync(services, run, new TrainingBoard(board, run.SpecificationJson), cancellationToken));

    private static Task<Run> GetAsync(ServiceConnection services, string runId, CancellationToken cancellationToken) =>
        services.Retry.RunAsync(
            "trainer",
            () => services.Trainer.GetRunAsync(new GetRunRequest { RunId = runId }, services.Call(ServiceConnection.Short, cancellationToken)),
            cancellationToken);

    /// <summary>Shows the run's place in the line until it is cancelled; a place that cannot be asked for is not shown.</summary>
    private static async Task ShowPlaceAsync(
        ServiceConnection services, string runId, IRunView view, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(PlaceInterval, services.Time, cancellationToken);
                var all = await services.Trainer.ListRunsAsync(
                    new ListRunsRequest(), services.Call(ServiceConnection.Short, cancellationToken));
                if (all.Runs.FirstOrDefault(run => run.RunId == runId) is { QueuePosition: > 0 } waiting)
                {
                    view.ShowPlace(waiting.QueuePosition);
                }
            }
        }
        catch (Exception error) when (error is RpcException or OperationCanceledException)
        {
        }
    }

    private static async Task<RunResult> WatchAsync(
        ServiceConnection services, Run run, IRunView view, CancellationToken cancellationToken)
    {
        using var waits = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var place = ShowPlaceAsync(services, run.RunId, view, waits.Token);
        try
        {
            return await WatchAsync(
                services,
                run,
                happened =>
                {
                    if (happened.Run is not { State: RunState.Queued })
                    {
                        waits.Cancel();
                    }

                    view.Show(happened);
                },
                cancellationToken);
        }
        finally
        {
            await waits.CancelAsync();
            await place;
        }
    }

    private static async Task<RunResult> WatchAsync(
        ServiceConnection services, Run run, Action<RunEvent> show, CancellationToken cancellationToken)
    {
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
                    show(happened);
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
