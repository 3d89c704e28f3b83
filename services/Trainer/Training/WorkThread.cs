using System.Collections.Concurrent;

namespace OrganSeg.Trainer.Training;

/// <summary>One thread that does one piece of work after the other, for work that must not wander over the thread pool.</summary>
internal sealed class WorkThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];

    /// <param name="name">Name of the thread.</param>
    /// <param name="begin">Done on it first.</param>
    public WorkThread(string name, Action? begin = null)
    {
        new Thread(() => Run(begin)) { IsBackground = true, Name = name }.Start();
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

    private void Run(Action? begin)
    {
        begin?.Invoke();
        foreach (var work in _work.GetConsumingEnumerable())
        {
            work();
        }

        _work.Dispose();
    }
}
