using OrganSeg.Trainer.Runs;

namespace OrganSeg.Trainer.Queueing;

/// <summary>
/// Without a queue service: the worker of this process hears at once, those of others find the run in the store.
/// </summary>
internal sealed class InProcessRunQueue(LiveRuns live) : IRunQueue
{
    public TimeSpan Poll => TimeSpan.FromSeconds(30);

    public TimeSpan Sweep => TimeSpan.Zero;

    public TimeSpan Grace => TimeSpan.Zero;

    public Task AnnounceAsync(string runId, CancellationToken cancellationToken)
    {
        live.Ring();
        return Task.CompletedTask;
    }

    public Task<RunTicket?> ReceiveAsync(CancellationToken cancellationToken) => Task.FromResult<RunTicket?>(null);
}
