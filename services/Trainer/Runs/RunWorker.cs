using Microsoft.Extensions.Options;
using OrganSeg.Storage;
using OrganSeg.Trainer.Queueing;

namespace OrganSeg.Trainer.Runs;

/// <summary>Works through the runs of the store, one at a time.</summary>
internal sealed partial class RunWorker(
    IRunQueue queue,
    TicketClerk tickets,
    RunClaims claims,
    RunCatalogue runs,
    RunExecutor executor,
    LiveRuns live,
    IHostApplicationLifetime lifetime,
    IOptions<TrainerOptions> options,
    TimeProvider time,
    ILogger<RunWorker> logger) : BackgroundService
{
    private DateTimeOffset _nextSweep;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The server is stopped before this service is and waits for its calls; a checkpoint cannot wait for them.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        try
        {
            // The host waits for the first await of a service before it serves.
            await Task.Yield();
            while (true)
            {
                await live.WaitAsync(await WorkAsync(stop.Token), time, stop.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    /// <summary>Does runs until none is free; returns after how long to look again.</summary>
    private async Task<TimeSpan> WorkAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                if (await queue.ReceiveAsync(cancellationToken) is { } ticket)
                {
                    await DoAsync(ticket, cancellationToken);
                    continue;
                }

                if (time.GetUtcNow() < _nextSweep)
                {
                    return queue.Poll;
                }

                var (run, pause) = await claims.NextAsync(queue.Grace, cancellationToken);
                if (run is null)
                {
                    _nextSweep = time.GetUtcNow() + (pause < queue.Sweep ? pause : queue.Sweep);
                    return pause < queue.Poll ? pause : queue.Poll;
                }

                await DoAsync(run, cancellationToken);
            }
        }
        catch (OrganSegException error)
        {
            LogCannotWork(error.Kind);
            return options.Value.Heartbeat;
        }
    }

    private async Task DoAsync(RunTicket ticket, CancellationToken cancellationToken)
    {
        await using (ticket)
        {
            if (await tickets.TakeAsync(ticket, cancellationToken) is not { } run)
            {
                return;
            }

            try
            {
                await DoAsync(run, cancellationToken);
            }
            finally
            {
                // A process that stops gives the message back; whoever it is tells the next one at once.
                await tickets.DismissAsync(ticket, CancellationToken.None);
            }
        }
    }

    private async Task DoAsync(RunDocument run, CancellationToken cancellationToken)
    {
        await executor.ExecuteAsync(run, cancellationToken);
        if (run.Parent is { } parent
            && RunStateEntry.IsFinal((await runs.GetAsync(run.RunId, cancellationToken)).State)
            && await runs.TryGetAsync(parent, cancellationToken) is { State: RunState.Queued })
        {
            // The last fold's word is the one that counts; those before are dismissed.
            await queue.AnnounceAsync(parent, cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    [LoggerMessage(2011, LogLevel.Warning, "The store's runs cannot be worked on: {Kind}")]
    private partial void LogCannotWork(ErrorKind kind);
}
