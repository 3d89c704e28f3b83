namespace OrganSeg.Inference.Serving;

/// <summary>Tells when nobody waits for a batch any more: every one of its callers has gone.</summary>
internal sealed class BatchCancellation : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly List<CancellationTokenRegistration> _registrations;
    private int _waiting;

    public BatchCancellation(IReadOnlyList<ModelJob> batch)
    {
        _waiting = batch.Count;
        _registrations = [.. batch.Select(job => job.Cancellation.UnsafeRegister(_ => Leave(), null))];
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        // Waits for a caller that is leaving this very moment.
        _registrations.ForEach(registration => registration.Dispose());
        _source.Dispose();
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _waiting) == 0)
        {
            _source.Cancel();
        }
    }
}
