using OrganSeg.Storage.Queues;

namespace OrganSeg.Trainer.Queueing;

/// <summary>
/// A message in this process's hands: hidden from others for as long as the ticket lives. What becomes of it is said once;
/// a ticket of which nothing was said shows up again by itself.
/// </summary>
internal sealed class RunTicket : IAsyncDisposable
{
    private readonly AzureRunQueue _queue;
    private readonly CancellationTokenSource _over = new();
    private readonly Task _keeping;
    private QueuedMessage? _message;

    /// <param name="queue">Where it came from.</param>
    /// <param name="message">The message.</param>
    /// <param name="runId">The run it names.</param>
    public RunTicket(AzureRunQueue queue, QueuedMessage message, string runId)
    {
        (_queue, _message, RunId) = (queue, message, runId);
        _keeping = KeepAsync();
    }

    public string RunId { get; }

    /// <summary>The run needs no message any more.</summary>
    public async Task DoneAsync()
    {
        if (await TakeAsync() is { } message)
        {
            await _queue.DeleteAsync(message);
        }
    }

    /// <summary>Others shall see it again, after a while.</summary>
    public async Task ReturnAsync(TimeSpan after)
    {
        if (await TakeAsync() is { } message)
        {
            await _queue.ReturnAsync(message, after);
        }
    }

    /// <summary>Nobody can work on it.</summary>
    public async Task PoisonAsync(string reason)
    {
        if (await TakeAsync() is { } message)
        {
            await _queue.PoisonAsync(message, reason);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await TakeAsync();
        _over.Dispose();
    }

    private async Task<QueuedMessage?> TakeAsync()
    {
        if (!_over.IsCancellationRequested)
        {
            await _over.CancelAsync();
        }

        // Its receipt changes while it is kept.
        await _keeping;
        return Interlocked.Exchange(ref _message, null);
    }

    private async Task KeepAsync()
    {
        while (_message is { } message)
        {
            try
            {
                await _queue.PauseAsync(_over.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            _message = await _queue.KeepAsync(message);
        }
    }
}
