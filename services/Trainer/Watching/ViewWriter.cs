using OrganSeg.ServiceDefaults;
using OrganSeg.Storage;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Watching;

/// <summary>
/// Brings the files that show a run to people into the store, one after the other and beside the training, so that a store
/// that is slow, away or hangs costs pictures and never time. Each file is whole, so that a newer one takes the place of one of
/// the same name that still waits: no more wait than there are names.
/// </summary>
internal sealed partial class ViewWriter(RunCatalogue runs, string runId, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _closed = new();

    // The system's allocator keeps what drawing took for each thread that has drawn: megabytes that would add up over the pool's.
    private readonly WorkThread _maker = new("views");
    private readonly OrderedDictionary<string, Func<byte[]>> _waiting = new(StringComparer.Ordinal);
    private Task _writing = Task.CompletedTask;
    private bool _isWriting;
    private bool _isLogged;

    /// <summary>Files that are not in the store yet.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Takes a file; returns at once.</summary>
    /// <param name="name">Its name in the run's folder.</param>
    /// <param name="make">Makes its content, on another thread.</param>
    public void Offer(string name, Func<byte[]> make)
    {
        lock (_lock)
        {
            _waiting[name] = make;
            if (!_isWriting && !_closed.IsCancellationRequested)
            {
                _isWriting = true;
                _writing = Task.Run(WriteAsync, CancellationToken.None);
            }
        }
    }

    /// <summary>Waits until every file is in the store, and no longer than the patience.</summary>
    public async Task DrainAsync(TimeSpan patience)
    {
        Task writing;
        lock (_lock)
        {
            writing = _writing;
        }

        try
        {
            await writing.WaitAsync(patience, time);
        }
        catch (TimeoutException)
        {
            LogGivenUp(runId, Waiting);
        }
    }

    /// <summary>Gives up what waits. A call that hangs in the store although it is cancelled is not waited for long.</summary>
    public async ValueTask DisposeAsync()
    {
        Task writing;
        lock (_lock)
        {
            _waiting.Clear();
            writing = _writing;
        }

        await _closed.CancelAsync();
        _maker.Dispose();
        await Task.WhenAny(writing, Task.Delay(Pause, time));
        if (writing.IsCompleted)
        {
            _closed.Dispose();
        }
    }

    private async Task WriteAsync()
    {
        using var quiet = QuietWork.Start();
        while (Next() is var (name, make))
        {
            try
            {
                await runs.WriteViewAsync(runId, name, await _maker.RunAsync(make), _closed.Token);
                Remove(name, make);
                _isLogged = false;
            }
            catch (Exception error) when (!_closed.IsCancellationRequested)
            {
                if (!_isLogged)
                {
                    _isLogged = true;
                    LogNotShown(error, name, runId);
                }

                if (error is not OrganSegException { Kind: ErrorKind.Dependency })
                {
                    Remove(name, make);
                    continue;
                }

                await Task.Delay(Pause, time, _closed.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception)
            {
                // Closed; whoever closed it does not wait.
            }
        }
    }

    /// <summary>What has waited longest; with nothing left, or when closed, the writing is over.</summary>
    private (string Name, Func<byte[]> Make)? Next()
    {
        lock (_lock)
        {
            _isWriting = _waiting.Count > 0 && !_closed.IsCancellationRequested;
            return _isWriting ? (_waiting.GetAt(0).Key, _waiting.GetAt(0).Value) : null;
        }
    }

    private void Remove(string name, Func<byte[]> make)
    {
        lock (_lock)
        {
            if (_waiting.TryGetValue(name, out var newest))
            {
                _waiting.Remove(name);
                if (!ReferenceEquals(newest, make))
                {
                    // A newer one came meanwhile: it has its turn after those that waited before it.
                    _waiting.Add(name, newest);
                }
            }
        }
    }

    [LoggerMessage(2060, LogLevel.Warning, "{What} of run {RunId} cannot be made; the run goes on without it")]
    private partial void LogNotShown(Exception error, string what, string runId);

    [LoggerMessage(2061, LogLevel.Warning, "The store has not taken {Count} files that show run {RunId}; they are given up")]
    private partial void LogGivenUp(string runId, int count);
}
