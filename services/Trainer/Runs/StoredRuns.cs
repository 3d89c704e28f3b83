using OrganSeg.Storage;

namespace OrganSeg.Trainer.Runs;

/// <summary>How many runs a store holds in each state, and since when the one waits that waits longest.</summary>
internal sealed class StoredRuns
{
    private readonly Dictionary<RunState, int> _counts = [];
    private DateTimeOffset? _waitsSince;

    public void Add(RunDocument run)
    {
        _counts[run.State] = Count(run.State) + 1;

        // A cross-validation does not wait for a Trainer but for its folds.
        var since = run.QueuedAt ?? run.UpdatedAt;
        if (run is { State: RunState.Queued, Members.Count: 0 } && !(_waitsSince <= since))
        {
            _waitsSince = since;
        }
    }

    public int Count(RunState state) => _counts.GetValueOrDefault(state);

    /// <summary>Zero when no run waits.</summary>
    public TimeSpan LongestWait(DateTimeOffset now) => _waitsSince is { } since && since < now ? now - since : TimeSpan.Zero;
}
