using OrganSeg.Storage;

namespace OrganSeg.Trainer.Runs;

/// <summary>
/// Brings checkpoints into the store. While the store is away or full the newest ones wait in memory and training goes
/// on; a newer one takes the place of one that still waits.
/// </summary>
internal sealed class CheckpointWriter(
    RunCatalogue runs, string runId, RunLease lease, RunJournal journal, StorePatience patience, TimeProvider time)
    : IAsyncDisposable
{
    /// <summary>How long training stands still for a store that neither takes a checkpoint nor fails.</summary>
    private static readonly TimeSpan LongestStandstill = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _closed = new();
    private WaitingCheckpoint? _best;
    private WaitingCheckpoint? _last;
    private Task _writing = Task.CompletedTask;
    private Task? _late;
    private bool _isWriting;

    /// <summary>Whether a checkpoint is not in the store yet.</summary>
    public bool HasWaiting
    {
        get
        {
            lock (_lock)
            {
                return _best is not null || _last is not null;
            }
        }
    }

    /// <summary>Returns when the checkpoint is stored, or waits for a store that failed.</summary>
    /// <exception cref="OrganSegException">NotReady: another Trainer has taken the run over. Dependency: an outage too long.</exception>
    public async Task OfferAsync(WaitingCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        Task writing;
        lock (_lock)
        {
            if (checkpoint.Name == RunCheckpoints.Best)
            {
                _best = checkpoint;
            }
            else
            {
                _last = checkpoint;
            }

            writing = Begin();
        }

        // Once is enough: a store that hangs is not waited for again until it has answered.
        if (writing != _late)
        {
            await Task.WhenAny(writing, patience.Interrupted, Task.Delay(LongestStandstill, time, cancellationToken));
            _late = writing.IsCompleted || patience.Interrupted.IsCompleted ? null : writing;
        }

        if (writing.IsCompleted)
        {
            await writing;
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Returns when every checkpoint is stored.</summary>
    /// <exception cref="OrganSegException">As <see cref="OfferAsync"/>.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        Task writing;
        lock (_lock)
        {
            writing = Begin();
        }

        await writing.WaitAsync(cancellationToken);
    }

    /// <summary>Tries once more at once, for a run that stops working; false when checkpoints are given up.</summary>
    public async Task<bool> TryFlushAsync()
    {
        // A slow store gets its time; one that was away already may not keep a process from stopping.
        var limit = patience.Interrupted.IsCompleted ? TimeSpan.FromSeconds(2) : TimeSpan.FromMinutes(1);
        patience.Hurry();
        try
        {
            await FlushAsync(CancellationToken.None).WaitAsync(limit, time);
        }
        catch (Exception error) when (error is TimeoutException or OrganSegException)
        {
        }

        return !HasWaiting;
    }

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        Task writing;
        lock (_lock)
        {
            writing = _writing;
        }

        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closed.Dispose();
    }

    /// <summary>The writing in progress, begun if there is something to write. Under the lock.</summary>
    private Task Begin()
    {
        if (!_isWriting && (_best ?? _last) is not null)
        {
            _isWriting = true;
            _writing = Task.Run(WriteAsync, CancellationToken.None);
        }

        return _writing;
    }

    private async Task WriteAsync()
    {
        try
        {
            await patience.RunAsync(DrainAsync, _closed.Token);
        }
        catch
        {
            lock (_lock)
            {
                _isWriting = false;
            }

            throw;
        }
    }

    private async Task DrainAsync()
    {
        if (patience.Interrupted.IsCompleted)
        {
            // Signs of life failed as well, so that the run may be another Trainer's by now; its journal is not to be overwritten.
            await lease.UpdateAsync(run => run, _closed.Token);
        }

        while (Next() is { } checkpoint)
        {
            if (checkpoint.Name == RunCheckpoints.Last)
            {
                // The journal first: what it has beyond a checkpoint is cut off when the run goes on.
                await runs.WriteMetricsAsync(runId, journal.ToJsonLines(), _closed.Token);
            }

            await runs.WriteCheckpointAsync(
                runId, checkpoint.Name, checkpoint.File, run => checkpoint.Change(lease.Own(run)), _closed.Token);
            Stored(checkpoint);
        }
    }

    /// <summary>What to write next; with nothing left the writing is over.</summary>
    private WaitingCheckpoint? Next()
    {
        lock (_lock)
        {
            // A checkpoint that names a best epoch must not come without its weights.
            var next = _best ?? _last;
            _isWriting = next is not null;
            return next;
        }
    }

    private void Stored(WaitingCheckpoint checkpoint)
    {
        lock (_lock)
        {
            _best = ReferenceEquals(_best, checkpoint) ? null : _best;
            _last = ReferenceEquals(_last, checkpoint) ? null : _last;
        }
    }
}
