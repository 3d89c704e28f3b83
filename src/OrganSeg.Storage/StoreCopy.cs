namespace OrganSeg.Storage;

/// <summary>
/// Copies everything that lasts from one store to another: datasets, models, runs, reports, aliases, and who imported what. Services may work on the
/// source meanwhile. In the copy a thing is visible once all of it is there and was compared with what its document says; a copy
/// that was cut off goes on where it was, and one that is repeated takes over what is new or has changed.
/// </summary>
/// <param name="source">Where it lies; nothing in it is changed.</param>
/// <param name="target">Where it goes.</param>
public sealed class StoreCopy(IObjectStore source, IObjectStore target)
{
    /// <summary>Times that a run is read again because its Trainer wrote a new checkpoint meanwhile.</summary>
    private const int Attempts = 10;

    private readonly HashSet<string> _unread = new(StringComparer.Ordinal);
    private int _things;
    private int _copied;
    private int _kept;
    private long _bytes;

    /// <summary>Copies.</summary>
    /// <param name="onlyIntoOwn">Refuses a target that has anything which the source has not.</param>
    /// <param name="cancellationToken">Gives up; the next one goes on.</param>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Corrupt"/>, naming the blob, when something in the source does not match its SHA-256: what
    /// was copied before it stays. <see cref="ErrorKind.Exists"/> when the target has something else.
    /// </exception>
    public async Task<StoreCopyResult> RunAsync(bool onlyIntoOwn, CancellationToken cancellationToken)
    {
        if (source.Identity == target.Identity)
        {
            throw new OrganSegException(ErrorKind.Invalid, "A store cannot be copied onto itself; name another one.");
        }

        if (onlyIntoOwn)
        {
            await RefuseOthersAsync(cancellationToken);
        }

        // What an alias names by now is published already, so it will be among the versions that are listed below.
        var aliases = new List<(string Name, byte[] Json)>();
        await foreach (StoredObject alias in source.ListAsync(StoredFolder.Models, StoredFolder.Aliases, cancellationToken))
        {
            aliases.Add((alias.Name, await source.ReadAllAsync(StoredFolder.Models, alias.Name, null, cancellationToken)));
        }

        await foreach (StoredFolder folder in StoredFolder.ListAsync(source, cancellationToken))
        {
            await CopyAsync(folder, cancellationToken);
        }

        foreach ((string name, byte[] json) in aliases)
        {
            _things++;
            await WriteAsync(StoredFolder.Models, name, json, cancellationToken);
        }

        return new StoreCopyResult(_things, _copied, _kept, _bytes);
    }

    private async Task RefuseOthersAsync(CancellationToken cancellationToken)
    {
        await foreach (StoredFolder folder in StoredFolder.ListAsync(target, cancellationToken))
        {
            byte[]? there = await target.TryReadAllAsync(folder.Container, folder.Document, cancellationToken);
            byte[]? ours = await source.TryReadAllAsync(folder.Container, folder.Document, cancellationToken);
            if (there is not null && !there.AsSpan().SequenceEqual(ours))
            {
                throw Other($"{folder.Container}/{folder.Document}");
            }
        }

        await foreach (StoredObject alias in target.ListAsync(StoredFolder.Models, StoredFolder.Aliases, cancellationToken))
        {
            byte[]? there = await target.TryReadAllAsync(StoredFolder.Models, alias.Name, cancellationToken);
            byte[]? ours = await source.TryReadAllAsync(StoredFolder.Models, alias.Name, cancellationToken);
            if (there is not null && !there.AsSpan().SequenceEqual(ours))
            {
                throw Other($"{StoredFolder.Models}/{alias.Name}");
            }
        }
    }

    private static OrganSegException Other(string blob) => new(
        ErrorKind.Exists, $"{blob} is in the store to fill, and other or missing in the backup. Restore into an empty store.");

    private async Task CopyAsync(StoredFolder folder, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            if (await source.TryReadAllAsync(folder.Container, folder.Document, cancellationToken) is not { } json)
            {
                // Begun and not sealed: nobody sees it.
                return;
            }

            var there = new HashSet<string>(StringComparer.Ordinal) { folder.Document };
            await foreach (StoredObject blob in source.ListAsync(folder.Container, folder.Path, cancellationToken))
            {
                if (there.Add(blob.Name))
                {
                    await CopyAsync(folder, blob, cancellationToken);
                }
            }

            IReadOnlyDictionary<string, string> listed = await folder.ListedAsync(source, json, cancellationToken);
            there.UnionWith(listed.Keys);
            await RenewAsync(folder, listed, cancellationToken);
            if (await FindWrongAsync(folder, json, listed, cancellationToken) is not { } wrong)
            {
                await WriteAsync(folder.Container, folder.Document, json, cancellationToken);
                await RemoveOthersAsync(folder, there, cancellationToken);
                _things++;
                return;
            }

            // A checkpoint that was replaced meanwhile is no damage: the run's document names another one by now.
            byte[]? now = await source.TryReadAllAsync(folder.Container, folder.Document, cancellationToken);
            if (attempt == Attempts || json.AsSpan().SequenceEqual(now))
            {
                throw new OrganSegException(
                    ErrorKind.Corrupt,
                    $"{folder.Container}/{wrong} does not match its SHA-256; restore it from a copy, or delete what it belongs to.");
            }
        }
    }

    private async Task CopyAsync(StoredFolder folder, StoredObject blob, CancellationToken cancellationToken)
    {
        if (folder.IsImmutable(blob.Name)
            && await target.FindAsync(folder.Container, blob.Name, cancellationToken) is { } before && before.Length == blob.Length)
        {
            _kept++;
            _unread.Add(blob.Name);
            return;
        }

        await CopyAsync(folder.Container, blob.Name, cancellationToken);
    }

    /// <summary>What was there already and is another thing of the same length is written anew.</summary>
    private async Task RenewAsync(StoredFolder folder, IReadOnlyDictionary<string, string> listed, CancellationToken cancellationToken)
    {
        foreach (string blob in _unread.Where(listed.ContainsKey).ToList())
        {
            if (await StoreCheck.HashAsync(target, folder.Container, blob, cancellationToken) != listed[blob])
            {
                _kept--;
                await CopyAsync(folder.Container, blob, cancellationToken);
            }
        }

        _unread.Clear();
    }

    private async Task CopyAsync(string container, string blob, CancellationToken cancellationToken)
    {
        Stream content;
        try
        {
            content = await source.OpenReadAsync(container, blob, 0, null, cancellationToken);
        }
        catch (OrganSegException error) when (error.Kind == ErrorKind.Missing)
        {
            // It vanished meanwhile; whether it matters shows when everything is compared.
            return;
        }

        await using (content)
        {
            StoredObject written = await target.WriteAsync(container, blob, content, WriteCondition.Any, cancellationToken);
            _copied++;
            _bytes += written.Length;
        }
    }

    /// <summary>The first blob of the copy that is not what the document says, or null: only then may it be seen.</summary>
    private async Task<string?> FindWrongAsync(
        StoredFolder folder, byte[] json, IReadOnlyDictionary<string, string> listed, CancellationToken cancellationToken)
    {
        foreach ((string blob, string sha256) in listed)
        {
            // A report's document is among its files, and still to be written.
            string? found = blob == folder.Document
                ? ObjectStoreExtensions.Sha256Of(json)
                : await StoreCheck.HashAsync(target, folder.Container, blob, cancellationToken);
            if (found != sha256)
            {
                return blob;
            }
        }

        return null;
    }

    private async Task WriteAsync(string container, string name, byte[] content, CancellationToken cancellationToken)
    {
        byte[]? before = await target.TryReadAllAsync(container, name, cancellationToken);
        if (before is not null && content.AsSpan().SequenceEqual(before))
        {
            _kept++;
            return;
        }

        await target.WriteBytesAsync(container, name, content, WriteCondition.Any, cancellationToken);
        _copied++;
        _bytes += content.Length;
    }

    /// <summary>Checkpoints and figures that the run has no more.</summary>
    private async Task RemoveOthersAsync(StoredFolder folder, HashSet<string> there, CancellationToken cancellationToken)
    {
        var others = new List<string>();
        await foreach (StoredObject blob in target.ListAsync(folder.Container, folder.Path, cancellationToken))
        {
            if (!there.Contains(blob.Name))
            {
                others.Add(blob.Name);
            }
        }

        foreach (string name in others)
        {
            await target.DeleteAsync(folder.Container, name, cancellationToken);
        }
    }
}
