namespace OrganSeg.Inference.Serving;

/// <summary>A tensor of a shape of its own that waits for its runs.</summary>
internal sealed class TensorJob(TensorBatch batch, DateTimeOffset queuedAt, long timestamp, CancellationToken cancellation)
    : ModelJob(queuedAt, timestamp, cancellation)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TensorBatch Batch => batch;

    /// <summary>Ends when the batch's outputs are filled.</summary>
    public Task Done => _done.Task;

    public void Complete() => _done.TrySetResult();

    public override void Fail(Exception error) => _done.TrySetException(error);

    public override void Abandon() => _done.TrySetCanceled(Cancellation);
}
