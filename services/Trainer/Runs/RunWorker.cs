using Microsoft.Extensions.Options;
using OrganSeg.Storage;

namespace OrganSeg.Trainer.Runs;

/// <summary>
/// Works through the runs of the store, one at a time: those that wait, oldest first, and those whose Trainer died. The
/// store is the queue, so a restart forgets nothing and any number of replicas share the work.
/// </summary>
internal sealed partial class RunWorker(
    RunCatalogue runs,
    RunExecutor executor,
    LiveRuns live,
    IOptions<TrainerOptions> options,
    TimeProvider time,
    ILogger<RunWorker> logger) : BackgroundService
{
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The host waits for the first await of a service before it serves.
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            var rest = LongestRest;
            try
            {
                RunDocument? run;
                using (TrainerTelemetry.Quiet())
                {
                    (run, rest) = await ClaimAsync(stoppingToken);
                }

                if (run is not null)
                {
                    await executor.ExecuteAsync(run, stoppingToken);
                    continue;
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (OrganSegException error)
            {
                LogCannotClaim(error.Kind);
                rest = options.Value.Heartbeat;
            }

            try
            {
                await live.WaitAsync(rest, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>Takes the next free run, or says how long there is certainly none but for newly started ones.</summary>
    private async Task<(RunDocument? Run, TimeSpan Pause)> ClaimAsync(CancellationToken cancellationToken)
    {
        var rest = LongestRest;
        var free = new List<RunDocument>();
        await foreach (var run in runs.ListAsync(cancellationToken))
        {
            if (RunOwnership.IsFree(run, time.GetUtcNow(), options.Value.StaleAfter))
            {
                free.Add(run);
            }
            else if (run.State == RunState.Running)
            {
                var left = RunOwnership.FreeAt(run, options.Value.StaleAfter) - time.GetUtcNow();
                rest = left < rest ? left : rest;
            }
        }

        foreach (var run in free.OrderBy(run => run.State == RunState.Queued).ThenBy(run => run.CreatedAt))
        {
            if (await TryClaimAsync(run, cancellationToken) is { } claimed)
            {
                return (claimed, TimeSpan.Zero);
            }
        }

        return (null, rest < options.Value.Heartbeat ? options.Value.Heartbeat : rest);
    }

    private async Task<RunDocument?> TryClaimAsync(RunDocument candidate, CancellationToken cancellationToken)
    {
        try
        {
            var claimed = await runs.UpdateAsync(
                candidate.RunId,
                run => !RunOwnership.IsFree(run, time.GetUtcNow(), options.Value.StaleAfter)
                    ? throw new OrganSegException(ErrorKind.NotReady, "Another Trainer was faster.")
                    : run.CancelRequested
                        ? RunOwnership.Ended(run, RunState.Cancelled)
                        : RunOwnership.Claimed(run, time.GetUtcNow()),
                cancellationToken);
            if (candidate is { State: RunState.Running, Owner: not null } && claimed.State == RunState.Running)
            {
                LogTakenOver(claimed.RunId);
            }

            return claimed.State == RunState.Running ? claimed : null;
        }
        catch (OrganSegException error) when (error.Kind == ErrorKind.NotReady)
        {
            return null;
        }
    }

    [LoggerMessage(2010, LogLevel.Warning, "Run {RunId} was abandoned; taking it over")]
    private partial void LogTakenOver(string runId);

    [LoggerMessage(2011, LogLevel.Warning, "The store's runs cannot be read: {Kind}")]
    private partial void LogCannotClaim(ErrorKind kind);
}
