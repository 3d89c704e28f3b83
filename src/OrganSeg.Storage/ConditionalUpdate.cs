namespace OrganSeg.Storage;

/// <summary>Read, change, write back: repeated when somebody else wrote in between, so that no change is lost.</summary>
internal static class ConditionalUpdate
{
    private const int MaxAttempts = 500;
    private const int AttemptsAtOnce = 5;
    private const int MaxPauseMs = 20;

    /// <summary>Applies a change to a document.</summary>
    /// <param name="store">The store.</param>
    /// <param name="container">The container.</param>
    /// <param name="blob">The document's name.</param>
    /// <param name="change">
    /// From the document, or null when there is none, to the new one; called again after each conflict. Returning what it
    /// was given writes nothing.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The document as written.</returns>
    public static async Task<T> RunAsync<T>(
        IObjectStore store, string container, string blob, Func<T?, T> change, CancellationToken cancellationToken)
        where T : class, IStoredDocument
    {
        T? after = null;
        await RunAsync(
            store,
            container,
            blob,
            json =>
            {
                T? before = json is null ? null : StoredJson.Deserialize<T>(json, $"{container}/{blob}");
                after = change(before);
                return ReferenceEquals(before, after) ? null : StoredJson.Serialize(after);
            },
            cancellationToken);
        return after!;
    }

    /// <summary>Applies a change to a blob of any form.</summary>
    /// <param name="store">The store.</param>
    /// <param name="container">The container.</param>
    /// <param name="blob">The blob's name.</param>
    /// <param name="change">
    /// From the content, or null when there is none, to the new one; called again after each conflict. Null writes nothing.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task RunAsync(
        IObjectStore store, string container, string blob, Func<byte[]?, byte[]?> change, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            // The ETag is taken before the content: a write between the two makes the conditional write fail.
            StoredObject? found = await store.FindAsync(container, blob, cancellationToken);
            byte[]? before = found is null ? null : await store.TryReadAllAsync(container, blob, cancellationToken);
            if (change(before) is not { } after)
            {
                return;
            }

            WriteCondition condition = found is { } known ? WriteCondition.IfMatch(known.ETag) : WriteCondition.IfAbsent;
            try
            {
                await store.WriteBytesAsync(container, blob, after, condition, cancellationToken);
                return;
            }
            catch (OrganSegException e) when (
                e.Kind is ErrorKind.Exists or ErrorKind.NotReady && attempt < MaxAttempts)
            {
                // Each conflict means that another writer got through, so the first repeats need no pause.
                if (attempt >= AttemptsAtOnce)
                {
                    await Task.Delay(Math.Min(attempt - AttemptsAtOnce + 1, MaxPauseMs), cancellationToken);
                }
            }
        }
    }
}
