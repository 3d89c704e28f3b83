using Microsoft.Extensions.Options;

namespace OrganSeg.Trainer.Runs;

/// <summary>Works through the runs of the store, one at a time.</summary>
internal sealed partial class RunWorker(
    RunClaims claims,
    RunExecutor executor,
    LiveRuns live,
    IHostApplicationLifetime lifetime,
    IOptions<TrainerOptions> options,
    TimeProvider time,
    ILogger<RunWorker> logger) : BackgroundService
{
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
                var (run, pause) = await claims.NextAsync(cancellationToken);
                if (run is null)
                {
                    return pause;
                }

                await executor.ExecuteAsync(run, cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        catch (OrganSegException error)
        {
            LogCannotWork(error.Kind);
            return options.Value.Heartbeat;
        }
    }

    [LoggerMessage(2011, LogLevel.Warning, "The store's runs cannot be worked on: {Kind}")]
    private partial void LogCannotWork(ErrorKind kind);
}
