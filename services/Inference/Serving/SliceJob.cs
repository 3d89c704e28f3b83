using OrganSeg.Imaging;

namespace OrganSeg.Inference.Serving;

/// <summary>A slice at the network's size that waits for a run.</summary>
internal sealed class SliceJob(ByteImage slice, DateTimeOffset queuedAt, long timestamp, CancellationToken cancellation)
    : ModelJob(queuedAt, timestamp, cancellation)
{
    private readonly TaskCompletionSource<ByteImage> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ByteImage Slice => slice;

    /// <summary>The label map, at the network's size.</summary>
    public Task<ByteImage> Labels => _done.Task;

    public void Complete(ByteImage labels) => _done.TrySetResult(labels);

    public override void Fail(Exception error) => _done.TrySetException(error);

    public override void Abandon() => _done.TrySetCanceled(Cancellation);
}
