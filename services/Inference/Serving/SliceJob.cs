using System.Diagnostics;
using OrganSeg.Imaging;

namespace OrganSeg.Inference.Serving;

/// <summary>A slice at the network's size that waits for a run.</summary>
internal sealed class SliceJob(ByteImage slice, DateTimeOffset queuedAt, long timestamp, CancellationToken cancellation)
{
    private readonly TaskCompletionSource<ByteImage> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ByteImage Slice => slice;

    public DateTimeOffset QueuedAt => queuedAt;

    public long Timestamp => timestamp;

    public ActivityContext Parent { get; } = Activity.Current?.Context ?? default;

    /// <summary>The caller has gone: no run is spent on it.</summary>
    public bool IsAbandoned => cancellation.IsCancellationRequested;

    /// <summary>The label map, at the network's size.</summary>
    public Task<ByteImage> Labels => _done.Task;

    public void Complete(ByteImage labels) => _done.TrySetResult(labels);

    public void Fail(Exception error) => _done.TrySetException(error);

    public void Abandon() => _done.TrySetCanceled(cancellation);
}
