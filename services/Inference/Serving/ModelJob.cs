using System.Diagnostics;

namespace OrganSeg.Inference.Serving;

/// <summary>What waits for a run of a model.</summary>
internal abstract class ModelJob(DateTimeOffset queuedAt, long timestamp, CancellationToken cancellation)
{
    public DateTimeOffset QueuedAt => queuedAt;

    public long Timestamp => timestamp;

    public ActivityContext Parent { get; } = Activity.Current?.Context ?? default;

    /// <summary>The caller has gone: no run is spent on it.</summary>
    public bool IsAbandoned => cancellation.IsCancellationRequested;

    /// <summary>The caller's.</summary>
    public CancellationToken Cancellation => cancellation;

    public abstract void Fail(Exception error);

    public abstract void Abandon();
}
