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
        for (int attempt = 1; ; attempt++)
        {
            // The ETag is taken before the content: a write between the two makes the conditional write fail.
            StoredObject? found = await store.FindAsync(container, blob, cancellationToken);
            byte[]? json = found is null ? null : await store.TryReadAllAsync(container, blob, cancellationToken);
            T? before = json is null ? null : StoredJson.Deserialize<T>(json, $"{container}/{blob}");
            T after = change(before);
            if (ReferenceEquals(before, after))
            {
                return after;
            }

            WriteCondition condition = found is { } known ? WriteCondition.IfMatch(known.ETag) : WriteCondition.IfAbsent;
            try
            {
                await store.WriteJsonAsync(container, blob, after, condition, cancellationToken);
                return after;
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
