using Microsoft.Extensions.Options;
using OrganSeg.ServiceDefaults;
using OrganSeg.Storage.Queues;
using OrganSeg.Trainer.Runs;

namespace OrganSeg.Trainer.Queueing;

/// <summary>Runs announced through Azure Queue Storage to all Trainers of a store.</summary>
internal sealed partial class AzureRunQueue(
    AzureMessageQueue queue,
    LiveRuns live,
    TrainerTelemetry telemetry,
    IOptions<TrainerOptions> options,
    TimeProvider time,
    ILogger<AzureRunQueue> logger) : IRunQueue
{
    private static readonly TimeSpan LongestOutagePause = TimeSpan.FromSeconds(30);

    private DateTimeOffset _notBefore;
    private TimeSpan _outagePause;

    public TimeSpan Poll => TimeSpan.FromSeconds(options.Value.QueuePollSeconds);

    public TimeSpan Sweep => TimeSpan.FromSeconds(options.Value.QueueSweepSeconds);

    /// <summary>A message that someone has taken is visible again by then.</summary>
    public TimeSpan Grace => Visibility;

    private TimeSpan Visibility => TimeSpan.FromSeconds(options.Value.QueueVisibilitySeconds);

    public async Task AnnounceAsync(string runId, CancellationToken cancellationToken)
    {
        try
        {
            await queue.SendAsync(new RunMessage { RunId = runId }.ToText(), cancellationToken);
        }
        catch (OrganSegException error)
        {
            // The run is in the store, and is found there.
            telemetry.QueueMessage("unsent");
            LogUnsent(runId, error.Message);
        }

        live.Ring();
    }

    public async Task<RunTicket?> ReceiveAsync(CancellationToken cancellationToken)
    {
        if (time.GetUtcNow() < _notBefore)
        {
            return null;
        }

        using var quiet = QuietWork.Start();
        try
        {
            while (await queue.ReceiveAsync(Visibility, cancellationToken) is { } message)
            {
                if (_outagePause > TimeSpan.Zero)
                {
                    LogBack();
                    _outagePause = TimeSpan.Zero;
                }

                if (RunMessage.Parse(message.Text) is { } named)
                {
                    telemetry.QueueMessage("received");
                    telemetry.QueueAge(time.GetUtcNow() - (message.SentAt ?? time.GetUtcNow()));
                    return new RunTicket(this, message, named.RunId);
                }

                await PoisonAsync(message, "It is no message of this queue.");
            }

            return null;
        }
        catch (OrganSegException error)
        {
            if (_outagePause == TimeSpan.Zero)
            {
                LogAway(error.Message);
            }

            telemetry.QueueMessage("unreachable");
            _outagePause = TimeSpan.FromSeconds(Math.Clamp(2 * _outagePause.TotalSeconds, 1, LongestOutagePause.TotalSeconds));
            _notBefore = time.GetUtcNow() + _outagePause;
            return null;
        }
    }

    /// <summary>Waits until a message has to be hidden anew.</summary>
    public Task PauseAsync(CancellationToken cancellationToken) => Task.Delay(Visibility / 3, time, cancellationToken);

    /// <summary>Hides a message for another while; null when it is somebody else's.</summary>
    public async Task<QueuedMessage?> KeepAsync(QueuedMessage message)
    {
        using var quiet = QuietWork.Start();
        try
        {
            return await queue.HideAsync(message, Visibility, CancellationToken.None);
        }
        catch (OrganSegException)
        {
            // Another Trainer that sees it finds in the store that the run is being worked on.
            return message;
        }
    }

    public Task DeleteAsync(QueuedMessage message) => TryAsync("done", () => queue.DeleteAsync(message, CancellationToken.None));

    public Task ReturnAsync(QueuedMessage message, TimeSpan after) =>
        TryAsync("returned", () => queue.HideAsync(message, after, CancellationToken.None));

    public Task PoisonAsync(QueuedMessage message, string reason)
    {
        LogPoison(reason);
        var kept = new PoisonMessage(reason, message.Taken, message.SentAt, message.Text);
        return TryAsync("poisoned", () => queue.PoisonAsync(message, kept.ToText(), CancellationToken.None));
    }

    /// <summary>What fails here leaves a message that shows up again and is judged anew.</summary>
    private async Task TryAsync(string outcome, Func<Task> work)
    {
        using var quiet = QuietWork.Start();
        try
        {
            await work();
            telemetry.QueueMessage(outcome);
        }
        catch (OrganSegException)
        {
            telemetry.QueueMessage("unreachable");
        }
    }

    [LoggerMessage(2050, LogLevel.Warning, "Run {RunId} waits in the store and could not be announced: {Reason}")]
    private partial void LogUnsent(string runId, string reason);

    [LoggerMessage(2051, LogLevel.Warning, "Runs are taken from the store alone for now: {Reason}")]
    private partial void LogAway(string reason);

    [LoggerMessage(2052, LogLevel.Information, "The queue service answers again")]
    private partial void LogBack();

    [LoggerMessage(2053, LogLevel.Warning, "A message was moved to the queue of poison messages: {Reason}")]
    private partial void LogPoison(string reason);
}
