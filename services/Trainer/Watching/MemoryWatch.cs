namespace OrganSeg.Trainer.Watching;

/// <summary>Looks at the memory of this process over and over, and remembers the most of it; bytes.</summary>
internal sealed class MemoryWatch : IDisposable
{
    private readonly Timer _timer;
    private long _peak;

    /// <param name="interval">From one look to the next.</param>
    public MemoryWatch(TimeSpan interval)
    {
        Began = Environment.WorkingSet;
        _peak = Began;
        _timer = new Timer(_ => Look(), null, interval, interval);
    }

    /// <summary>Memory at the beginning.</summary>
    public long Began { get; }

    /// <summary>The most that was seen so far.</summary>
    public long Peak => Look();

    public void Dispose() => _timer.Dispose();

    private long Look()
    {
        var now = Environment.WorkingSet;
        var peak = Volatile.Read(ref _peak);
        while (now > peak)
        {
            var seen = Interlocked.CompareExchange(ref _peak, now, peak);
            if (seen == peak)
            {
                return now;
            }

            peak = seen;
        }

        return peak;
    }
}
