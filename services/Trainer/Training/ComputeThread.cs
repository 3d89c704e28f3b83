using System.Collections.Concurrent;

namespace OrganSeg.Trainer.Training;

/// <summary>
/// One thread on which all tensor work of a run happens. OpenMP keeps a team of threads for each thread that calls it, and
/// dispose scopes belong to their thread, so steps must not wander over the thread pool.
/// </summary>
internal sealed class ComputeThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];

    /// <param name="threads">Threads that an operation may use; 0 is one for each core.</param>
    public ComputeThread(int threads)
    {
        new Thread(() => Run(threads == 0 ? Environment.ProcessorCount : threads)) { IsBackground = true, Name = "compute" }.Start();
    }

    /// <summary>Does <paramref name="work"/> on the thread.</summary>
    public Task<T> RunAsync<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception error)
            {
                done.SetException(error);
            }
        });
        return done.Task;
    }

    public void Dispose() => _work.CompleteAdding();

    private void Run(int threads)
    {
        TorchSharp.torch.set_num_threads(threads);
        foreach (var work in _work.GetConsumingEnumerable())
        {
            work();
        }

        _work.Dispose();
    }
}
