namespace OrganSeg.Trainer.Training;

/// <summary>
/// One thread on which all tensor work of a run happens. OpenMP keeps a team of threads for each thread that calls it, and
/// dispose scopes belong to their thread, so steps must not wander over the thread pool.
/// </summary>
/// <param name="threads">Threads that an operation may use; 0 is one for each core.</param>
internal sealed class ComputeThread(int threads) : IDisposable
{
    private readonly WorkThread _thread = new(
        "compute", () => TorchSharp.torch.set_num_threads(threads == 0 ? Environment.ProcessorCount : threads));

    /// <summary>Does <paramref name="work"/> on the thread.</summary>
    public Task<T> RunAsync<T>(Func<T> work) => _thread.RunAsync(work);

    public void Dispose() => _thread.Dispose();
}
