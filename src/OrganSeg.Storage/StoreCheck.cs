using System.Security.Cryptography;

namespace OrganSeg.Storage;

/// <summary>Reads everything that a store keeps and compares it with what its documents say of it.</summary>
/// <param name="store">The store; nothing in it is changed.</param>
public sealed class StoreCheck(IObjectStore store)
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Times that a thing is read again because it was changed meanwhile.</summary>
    private const int Attempts = 10;

    /// <summary>Checks datasets, models, runs, reports and aliases. Memory does not grow with the size of a blob.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<StoreCheckResult> RunAsync(CancellationToken cancellationToken)
    {
        int things = 0;
        int blobs = 0;
        var problems = new List<string>();
        await foreach (StoredFolder folder in StoredFolder.ListAsync(store, cancellationToken))
        {
            if (await store.TryReadAllAsync(folder.Container, folder.Document, cancellationToken) is not { } json)
            {
                // Begun and not sealed: nobody sees it.
                continue;
            }

            things++;
            for (int attempt = 1; ; attempt++)
            {
                (int compared, List<string> found) = await CheckAsync(folder, json, cancellationToken);
                byte[]? now = found.Count == 0 || attempt == Attempts
                    ? json
                    : await store.TryReadAllAsync(folder.Container, folder.Document, cancellationToken);
                if (now is null)
                {
                    break;
                }

                if (json.AsSpan().SequenceEqual(now))
                {
                    blobs += compared;
                    problems.AddRange(found);
                    break;
                }

                // A run that wrote a new checkpoint meanwhile: its document names another one by now.
                json = now;
            }
        }

        await foreach (StoredObject alias in store.ListAsync(StoredFolder.Models, StoredFolder.Aliases, cancellationToken))
        {
            things++;
            try
            {
                ModelAlias document = await store.ReadJsonAsync<ModelAlias>(StoredFolder.Models, alias.Name, cancellationToken);
                string model = $"{VersionedFolders.Folder(document.Model, document.Version)}model.json";
                if (await store.FindAsync(StoredFolder.Models, model, cancellationToken) is null)
                {
                    problems.Add($"{StoredFolder.Models}/{alias.Name} names {document.Model}@{document.Version}, which is not there.");
                }
            }
            catch (OrganSegException error) when (error.Kind == ErrorKind.Corrupt)
            {
                problems.Add(error.Message);
            }
        }

        return new StoreCheckResult(things, blobs, problems);
    }

    private async Task<(int Compared, List<string> Problems)> CheckAsync(
        StoredFolder folder, byte[] json, CancellationToken cancellationToken)
    {
        int compared = 0;
        var problems = new List<string>();
        try
        {
            foreach ((string blob, string sha256) in await folder.ListedAsync(store, json, cancellationToken))
            {
                compared++;
                if (await HashAsync(store, folder.Container, blob, cancellationToken) is not { } found)
                {
                    problems.Add($"{folder.Container}/{blob} is named by its document but gone.");
                }
                else if (found != sha256)
                {
                    problems.Add($"{folder.Container}/{blob} does not match its SHA-256.");
                }
            }
        }
        catch (OrganSegException error) when (error.Kind is ErrorKind.Corrupt or ErrorKind.Missing)
        {
            problems.Add(error.Message);
        }

        return (compared, problems);
    }

    /// <summary>SHA-256 of a blob in hexadecimal, or null when there is none.</summary>
    internal static async Task<string?> HashAsync(IObjectStore store, string container, string blob, CancellationToken cancellationToken)
    {
        try
        {
            await using Stream content = await store.OpenReadAsync(container, blob, 0, null, cancellationToken);
            await using var buffered = new BufferedStream(content, BufferBytes);
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(buffered, cancellationToken));
        }
        catch (OrganSegException error) when (error.Kind == ErrorKind.Missing)
        {
            return null;
        }
    }
}
