using Microsoft.Extensions.Options;
using OrganSeg.ServiceDefaults;
using OrganSeg.Storage;

namespace OrganSeg.Trainer.Runs;

/// <summary>
/// Looks through the store's runs now and then, for the metrics alone: a Trainer that works on a run looks for no others
/// and would not notice how long they wait.
/// </summary>
internal sealed partial class StoredRunsWatch(
    RunCatalogue runs, TrainerTelemetry telemetry, IOptions<TrainerOptions> options, TimeProvider time, ILogger<StoredRunsWatch> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.Yield();
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.RunsWatchSeconds), time);
            do
            {
                await LookAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        using var quiet = QuietWork.Start();
        var seen = new StoredRuns();
        try
        {
            await foreach (var run in runs.ListAsync(cancellationToken))
            {
                seen.Add(run);
            }

            telemetry.Seen(seen);
        }
        catch (OrganSegException error)
        {
            // What was seen last stands; that the store is away others tell.
            LogCannotLook(error.Kind);
        }
    }

    [LoggerMessage(2013, LogLevel.Debug, "The store's runs cannot be counted: {Kind}")]
    private partial void LogCannotLook(ErrorKind kind);
}
