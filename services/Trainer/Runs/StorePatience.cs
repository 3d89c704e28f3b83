namespace OrganSeg.Trainer.Runs;

/// <summary>
/// Repeats what a store that is away or full refused, at growing intervals, and says so in journal and log. An outage
/// counts from its first failure to the next success, whoever has it; one longer than
/// <see cref="TrainerOptions.StoreWaitMinutes"/> is not waited for any more. Thread-safe.
/// </summary>
internal sealed partial class StorePatience(
    string runId, RunJournal journal, TrainerOptions options, TimeProvider time, ILogger logger)
{
    public const string Waiting = "waiting for the store";
    public const string Back = "the store is back";

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.25);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private TaskCompletionSource _interrupted = New();
    private TaskCompletionSource _hurry = New();
    private long? _since;
    private int _failures;

    /// <summary>Done as long as the store's latest answer was a failure.</summary>
    public Task Interrupted
    {
        get
        {
            lock (_lock)
            {
                return _interrupted.Task;
            }
        }
    }

    /// <summary>Whether an outage lasted too long to be waited for.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Ends the pause that is being made, so that the next attempt comes at once.</summary>
    public void Hurry()
    {
        lock (_lock)
        {
            _hurry.TrySetResult();
            _hurry = New();
        }
    }

    /// <summary>Does something until the store does not fail in it.</summary>
    /// <param name="work">What can be done again from its beginning.</param>
    /// <param name="cancellationToken">Ends the waiting between attempts; an attempt itself takes its own token.</param>
    /// <exception cref="OrganSegException">Dependency: the outage lasts too long. Others as they come.</exception>
    public Task<T> RunAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken) =>
        RunAsync(work, isEnding: false, cancellationToken);

    public Task RunAsync(Func<Task> work, CancellationToken cancellationToken) =>
        RunAsync(() => Answer(work), isEnding: false, cancellationToken);

    /// <summary>The same for what ends a run: nothing may be added to its journal after that.</summary>
    public Task EndAsync(Func<Task> work, CancellationToken cancellationToken) =>
        RunAsync(() => Answer(work), isEnding: true, cancellationToken);

    private async Task<T> RunAsync<T>(Func<Task<T>> work, bool isEnding, CancellationToken cancellationToken)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                var result = await work();
                Succeeded(isEnding);
                return result;
            }
            catch (OrganSegException error) when (error.Kind == ErrorKind.Dependency && MayWait())
            {
                LogWaits(runId, _failures, pause.TotalSeconds, error.Kind);
            }

            Task hurry;
            lock (_lock)
            {
                hurry = _hurry.Task;
            }

            await Task.WhenAny(Task.Delay(pause, time, cancellationToken), hurry);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static async Task<bool> Answer(Func<Task> work)
    {
        await work();
        return true;
    }

    private bool MayWait()
    {
        lock (_lock)
        {
            _failures++;
            if (_since is null)
            {
                _since = time.GetTimestamp();
                journal.Add(new ProgressEntry(Waiting, 0, 1, "outage"));
                _interrupted.TrySetResult();
            }

            IsOver |= time.GetElapsedTime(_since.Value) > TimeSpan.FromMinutes(options.StoreWaitMinutes);
            return !IsOver;
        }
    }

    private void Succeeded(bool isEnding)
    {
        lock (_lock)
        {
            if (_since is { } since)
            {
                LogBack(runId, _failures, time.GetElapsedTime(since).TotalSeconds);
                if (!isEnding)
                {
                    journal.Add(new ProgressEntry(Back, 1, 1, "outage"));
                }

                (_since, _failures, _interrupted) = (null, 0, New());
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(2030, LogLevel.Warning, "Run {RunId} waits for its store: failure {Failures}, next attempt in {Seconds} s: {Kind}")]
    private partial void LogWaits(string runId, int failures, double seconds, ErrorKind kind);

    [LoggerMessage(2031, LogLevel.Warning, "The store of run {RunId} is back after {Failures} failures and {Seconds} s")]
    private partial void LogBack(string runId, int failures, double seconds);
}
