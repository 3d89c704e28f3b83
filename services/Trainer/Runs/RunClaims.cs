using Microsoft.Extensions.Options;
using OrganSeg.ServiceDefaults;
using OrganSeg.Storage;

namespace OrganSeg.Trainer.Runs;

/// <summary>
/// Takes runs that nobody works on: those that wait, and those whose Trainer died. The store is the queue and a run's
/// document under its ETag the lock, so a restart forgets nothing and any number of replicas share the work.
/// </summary>
internal sealed partial class RunClaims(
    RunCatalogue runs,
    FoldRuns folds,
    TrainerTelemetry telemetry,
    IOptions<TrainerOptions> options,
    TimeProvider time,
    ILogger<RunClaims> logger)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Takes the next free run: the one that waits longest, then abandoned ones, so that nobody's new run waits for one
    /// that its owner may have given up; or says after how long to look again, newly started runs apart.
    /// </summary>
    /// <param name="grace">How long waiting runs are left to those who are told of them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<(RunDocument? Run, TimeSpan Pause)> NextAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        using var quiet = QuietWork.Start();
        var pause = LongestPause;
        var free = new List<RunDocument>();
        await foreach (var run in runs.ListAsync(cancellationToken))
        {
            if (RunOwnership.IsFree(run, time.GetUtcNow(), options.Value.StaleAfter))
            {
                var left = run.State == RunState.Queued ? run.UpdatedAt + grace - time.GetUtcNow() : TimeSpan.Zero;
                if (left <= TimeSpan.Zero)
                {
                    free.Add(run);
                }
                else
                {
                    pause = left < pause ? left : pause;
                }
            }
            else if (run.State == RunState.Running)
            {
                var left = RunOwnership.FreeAt(run, options.Value.StaleAfter) - time.GetUtcNow();
                pause = left < pause ? left : pause;
            }
        }

        foreach (var run in RunOwnership.InLine(free).OrderByDescending(run => run.State == RunState.Queued))
        {
            if (await TryAsync(run, cancellationToken) is { } claimed)
            {
                return (claimed, TimeSpan.Zero);
            }
        }

        return (null, pause < options.Value.Heartbeat ? options.Value.Heartbeat : pause);
    }

    /// <summary>
    /// Takes a run, or returns null when another Trainer was faster, it was to be cancelled, or it waits for others.
    /// </summary>
    public async Task<RunDocument?> TryAsync(RunDocument candidate, CancellationToken cancellationToken)
    {
        if (!await folds.AreOverAsync(candidate, cancellationToken))
        {
            return null;
        }

        try
        {
            var claimed = await runs.UpdateAsync(candidate.RunId, Claim, cancellationToken);
            if (candidate is { State: RunState.Running, Owner: not null } && claimed.State == RunState.Running)
            {
                LogTakenOver(claimed.RunId);
            }

            if (RunStateEntry.IsFinal(claimed.State))
            {
                telemetry.RunEnded(claimed.State);
            }

            if (claimed.State == RunState.Failed)
            {
                LogGivenUp(claimed.RunId, claimed.Abandoned);
            }

            return claimed.State == RunState.Running ? claimed : null;
        }
        catch (OrganSegException error) when (error.Kind == ErrorKind.NotReady)
        {
            return null;
        }
    }

    private RunDocument Claim(RunDocument run)
    {
        var now = time.GetUtcNow();
        if (!RunOwnership.IsFree(run, now, options.Value.StaleAfter))
        {
            throw new OrganSegException(ErrorKind.NotReady, $"Another Trainer works on run {run.RunId}.");
        }

        if (run.CancelRequested)
        {
            return RunOwnership.Ended(run, RunState.Cancelled);
        }

        // Whoever left it in order named no owner.
        var abandoned = run is { State: RunState.Running, Owner: not null } ? run.Abandoned + 1 : run.Abandoned;
        return abandoned < options.Value.MaxAbandonments
            ? run with
            {
                State = RunState.Running,
                QueuedAt = run.State == RunState.Queued ? run.QueuedAt : null,
                Owner = RunOwnership.ThisProcess,
                HeartbeatAt = now,
                Abandoned = abandoned,
            }
            : RunOwnership.Ended(run, RunState.Failed) with { Abandoned = abandoned, Error = GivenUp(abandoned) };
    }

    private static string GivenUp(int times) =>
        $"{times} Trainers in a row vanished while they worked on it, before its next checkpoint, perhaps for want of memory; look at their logs, then resume it.";

    [LoggerMessage(2012, LogLevel.Error, "Run {RunId} is given up: {Times} Trainers in a row vanished while they worked on it")]
    private partial void LogGivenUp(string runId, int times);

    [LoggerMessage(2010, LogLevel.Warning, "Run {RunId} was abandoned; taking it over")]
    private partial void LogTakenOver(string runId);
}
