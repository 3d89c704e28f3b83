namespace OrganSeg.Ingest.Import;

/// <summary>How far one stage of an import is. Any number of threads may advance it.</summary>
internal sealed class StageProgress(string stage, string unit)
{
    private long _done;
    private long _total;

    public string Stage { get; } = stage;

    public string Unit { get; } = unit;

    public long Done => Interlocked.Read(ref _done);

    /// <summary>Units in all, 0 while unknown.</summary>
    public long Total
    {
        get => Interlocked.Read(ref _total);
        set => Interlocked.Exchange(ref _total, value);
    }

    public void Advance() => Interlocked.Increment(ref _done);
}
