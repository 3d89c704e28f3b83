using OrganSeg.Storage;

namespace OrganSeg.Trainer.Runs;

/// <summary>Who works on a run, and when it may be taken over.</summary>
internal static class RunOwnership
{
    /// <summary>Names this process: two processes never share a name, so a restarted one does not mistake itself for its
    /// predecessor.</summary>
    public static string ThisProcess { get; } =
        $"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid():N}".ToLowerInvariant();

    /// <summary>Whether nobody works on an unfinished run.</summary>
    public static bool IsFree(RunDocument run, DateTimeOffset now, TimeSpan staleAfter) => run.State switch
    {
        RunState.Queued => true,
        RunState.Running => run.Owner is null || FreeAt(run, staleAfter) <= now,
        _ => false,
    };

    /// <summary>
    /// Runs in the order in which they are taken: the one that waits longest first, a cross-validation after its folds.
    /// </summary>
    public static IEnumerable<RunDocument> InLine(IEnumerable<RunDocument> runs) => runs
        .OrderBy(run => run.CreatedAt)
        .ThenBy(run => run.Members.Count > 0)
        .ThenBy(run => run.RunId.Length)
        .ThenBy(run => run.RunId, StringComparer.Ordinal);

    /// <summary>When a run that someone works on becomes free unless a sign of life comes.</summary>
    public static DateTimeOffset FreeAt(RunDocument run, TimeSpan staleAfter) => (run.HeartbeatAt ?? run.UpdatedAt) + staleAfter;

    /// <summary>The document of a run that is over, worked on by nobody.</summary>
    public static RunDocument Ended(RunDocument run, RunState state) =>
        run with { State = state, Owner = null, CancelRequested = false };
}
