using OrganSeg.Storage;

namespace OrganSeg.Trainer.Tests.Support;

/// <summary>A real store that is away, or takes no writes of some kind, for as long as a test wants it to.</summary>
internal sealed class FailingStore(IObjectStore inner) : IObjectStore
{
    private int _refused;

    /// <summary>Which writes fail as on a full disk; null for none.</summary>
    public volatile Func<string, bool>? RefusesWrites;

    /// <summary>Which writes neither succeed nor fail until they are cancelled; null for none.</summary>
    public volatile Func<string, bool>? HangsInWrites;

    /// <summary>Whether everything fails.</summary>
    public volatile bool IsAway;

    public int Refused => Volatile.Read(ref _refused);

    public string Identity => inner.Identity;

    public Task<StoredObject?> FindAsync(string container, string name, CancellationToken cancellationToken) =>
        Answer(() => inner.FindAsync(container, name, cancellationToken));

    public Task<Stream> OpenReadAsync(
        string container, string name, long offset, long? length, CancellationToken cancellationToken) =>
        Answer(() => inner.OpenReadAsync(container, name, offset, length, cancellationToken));

    public async Task<StoredObject> WriteAsync(
        string container, string name, Stream content, WriteCondition condition, CancellationToken cancellationToken)
    {
        while (HangsInWrites?.Invoke(name) == true)
        {
            await Task.Delay(20, cancellationToken);
        }

        return await WriteNowAsync(container, name, content, condition, cancellationToken);
    }

    private Task<StoredObject> WriteNowAsync(
        string container, string name, Stream content, WriteCondition condition, CancellationToken cancellationToken) =>
        RefusesWrites?.Invoke(name) == true
            ? Answer(() => inner.WriteAsync(container, name, content, condition, cancellationToken), away: true)
            : Answer(() => inner.WriteAsync(container, name, content, condition, cancellationToken));

    public IAsyncEnumerable<StoredObject> ListAsync(string container, string prefix, CancellationToken cancellationToken) =>
        inner.ListAsync(container, prefix, cancellationToken);

    public IAsyncEnumerable<string> ListFoldersAsync(string container, string folder, CancellationToken cancellationToken) =>
        inner.ListFoldersAsync(container, folder, cancellationToken);

    public Task DeleteAsync(string container, string name, CancellationToken cancellationToken) =>
        inner.DeleteAsync(container, name, cancellationToken);

    private async Task<T> Answer<T>(Func<Task<T>> call, bool away = false)
    {
        if (away || IsAway)
        {
            Interlocked.Increment(ref _refused);
            throw new OrganSegException(ErrorKind.Dependency, "The store is away.");
        }

        return await call();
    }
}
