namespace OrganSeg.Ingest.Tests;

/// <summary>The system's clock, which may be put forward; timers do not notice.</summary>
internal sealed class MovableClock : TimeProvider
{
    private TimeSpan _ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;

    public void PutForward(TimeSpan by) => _ahead += by;
}
