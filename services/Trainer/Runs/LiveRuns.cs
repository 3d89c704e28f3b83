using System.Collections.Concurrent;
using System.Threading.Channels;
using OrganSeg.Storage;

namespace OrganSeg.Trainer.Runs;

/// <summary>The runs being worked on in this process, and the bell that says that there is something to do.</summary>
internal sealed class LiveRuns
{
    private readonly ConcurrentDictionary<string, (RunJournal Journal, RunLease Lease)> _runs = new(StringComparer.Ordinal);
    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public RunJournal? Find(string runId) => _runs.TryGetValue(runId, out var run) ? run.Journal : null;

    public void Add(string runId, RunJournal journal, RunLease lease) => _runs[runId] = (journal, lease);

    public void Remove(string runId) => _runs.TryRemove(runId, out _);

    /// <summary>Stops a run of this process at once; one of another process hears of it with its next sign of life.</summary>
    /// <returns>The run, if it is one of this process.</returns>
    public RunDocument? Cancel(string runId)
    {
        if (!_runs.TryGetValue(runId, out var run))
        {
            return null;
        }

        run.Lease.Cancel();
        return run.Lease.Run;
    }

    /// <summary>A run may be waiting.</summary>
    public void Ring() => _bell.Writer.TryWrite(true);

    /// <summary>Waits for the bell, and no longer than <paramref name="patience"/>.</summary>
    public async Task WaitAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await _bell.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
        }
    }
}
