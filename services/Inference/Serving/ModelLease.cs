using OrganSeg.Storage;

namespace OrganSeg.Inference.Serving;

/// <summary>A loaded version that stays loaded until the lease is disposed.</summary>
internal sealed class ModelLease(ModelRunner runner, Action release) : IDisposable
{
    private Action? _release = release;

    public ModelRunner Runner => runner;

    public ModelDocument Document => runner.Document;

    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}
