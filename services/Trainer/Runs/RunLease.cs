using OrganSeg.ServiceDefaults;
using OrganSeg.Storage;

namespace OrganSeg.Trainer.Runs;

/// <summary>
/// The right to work on a run: signs of life into the run's document for as long as the lease lives, each checked against
/// its owner under the document's ETag. A process that is thought dead but wakes up again finds another owner and stops.
/// </summary>
internal sealed partial class RunLease : IAsyncDisposable
{
    private readonly RunCatalogue _runs;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _runId;
    private readonly string _owner;
    private readonly CancellationTokenSource _ended = new();
    private readonly CancellationTokenSource _released = new();
    private readonly CancellationTokenRegistration _stopping;
    private readonly Task _beating;
    private RunDocument _run;
    private int _end;

    public RunLease(
        RunCatalogue runs, RunDocument run, TrainerOptions options, TimeProvider time, ILogger logger, CancellationToken stopping)
    {
        _runs = runs;
        _time = time;
        _logger = logger;
        _run = run;
        _runId = run.RunId;
        _owner = run.Owner!;
        _stopping = stopping.Register(() => Finish(LeaseEnd.Stopping));
        _beating = BeatAsync(options.Heartbeat);
    }

    /// <summary>Cancelled as soon as the lease has ended.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Why it ended.</summary>
    public LeaseEnd End => (LeaseEnd)Volatile.Read(ref _end);

    /// <summary>The run's document as this process saw it last.</summary>
    public RunDocument Run => Volatile.Read(ref _run);

    /// <summary>Ends the lease because someone wants the run cancelled.</summary>
    public void Cancel() => Finish(LeaseEnd.Cancelled);

    /// <summary>Changes the run's document, if it is still this process's to change.</summary>
    /// <exception cref="OrganSegException">NotReady: it is not; the lease has ended.</exception>
    public async Task<RunDocument> UpdateAsync(Func<RunDocument, RunDocument> change, CancellationToken cancellationToken)
    {
        var run = await _runs.UpdateAsync(_runId, run => change(Own(run)) with { HeartbeatAt = _time.GetUtcNow() }, cancellationToken);
        Volatile.Write(ref _run, run);
        if (run.CancelRequested)
        {
            Finish(LeaseEnd.Cancelled);
        }

        return run;
    }

    /// <summary>The document itself, if it is this process's to change.</summary>
    /// <exception cref="OrganSegException">NotReady: it is not; the lease has ended.</exception>
    public RunDocument Own(RunDocument run)
    {
        if (run.State == RunState.Running && run.Owner == _owner)
        {
            return run;
        }

        Finish(LeaseEnd.Lost);
        throw new OrganSegException(ErrorKind.NotReady, "Another Trainer has taken the run over.");
    }

    public async ValueTask DisposeAsync()
    {
        await _released.CancelAsync();
        await _beating;
        await _stopping.DisposeAsync();
        _released.Dispose();
        _ended.Dispose();
    }

    private async Task BeatAsync(TimeSpan interval)
    {
        using var quiet = QuietWork.Start();
        using var timer = new PeriodicTimer(interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_released.Token) && End != LeaseEnd.Lost)
            {
                try
                {
                    await UpdateAsync(run => run, _released.Token);
                }
                catch (OrganSegException error)
                {
                    // A store that is away for a moment costs signs of life, not the run.
                    LogMissedBeat(_logger, _runId, error.Kind);
                }
            }
        }
        catch (OperationCanceledException) when (_released.IsCancellationRequested)
        {
        }
    }

    /// <summary>The first reason wins, except that a lost run is lost whatever was asked before.</summary>
    private void Finish(LeaseEnd end)
    {
        if (end == LeaseEnd.Lost)
        {
            Volatile.Write(ref _end, (int)end);
        }
        else
        {
            Interlocked.CompareExchange(ref _end, (int)end, (int)LeaseEnd.None);
        }

        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Whoever asks to cancel may be a moment late: the run has ended already.
        }
    }

    [LoggerMessage(2001, LogLevel.Warning, "Run {RunId} missed a sign of life: {Kind}")]
    private static partial void LogMissedBeat(ILogger logger, string runId, ErrorKind kind);
}
