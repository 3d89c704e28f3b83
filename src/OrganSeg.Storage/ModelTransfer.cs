using System.Text;

namespace OrganSeg.Storage;

/// <summary>
/// Takes model versions over from another store as they are. The number is reserved under the version's digest and the document is
/// written last, so that several processes may take the same version at once and one that was cut off is gone on with.
/// </summary>
internal sealed class ModelTransfer(IObjectStore store, string container, string document)
{
    /// <summary>Writes a version unless it is there.</summary>
    /// <param name="model">The version, sealed.</param>
    /// <param name="json">Its document as it was stored.</param>
    /// <param name="extras">Files outside its digest, by name.</param>
    /// <param name="read">Reads one of its files and checks it.</param>
    /// <param name="cancellationToken">Gives up; the next one goes on.</param>
    /// <returns>Whether it was not there yet.</returns>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Exists"/>: that number of that name is another model.</exception>
    public async Task<bool> TakeAsync(
        ModelDocument model,
        ReadOnlyMemory<byte> json,
        IReadOnlyDictionary<string, byte[]> extras,
        Func<string, Task<byte[]>> read,
        CancellationToken cancellationToken)
    {
        FileNames.Check(model.Files.Keys, document, VersionedFolders.Reservation, ModelCards.File);
        if (await IsThereAsync(model, cancellationToken))
        {
            return false;
        }

        string folder = VersionedFolders.Folder(model.Model, model.Version);
        await WriteAsync(model, folder + VersionedFolders.Reservation, Encoding.ASCII.GetBytes(model.Digest), cancellationToken);
        foreach (string file in model.Files.Keys)
        {
            await WriteAsync(model, folder + file, await read(file), cancellationToken);
        }

        foreach ((string file, byte[] content) in extras)
        {
            await TryWriteAsync(folder + file, content, cancellationToken);
        }

        await WriteAsync(model, folder + document, json, cancellationToken);
        return true;
    }

    private async Task<bool> IsThereAsync(ModelDocument model, CancellationToken cancellationToken)
    {
        string blob = VersionedFolders.Folder(model.Model, model.Version) + document;
        byte[]? before = await store.TryReadAllAsync(container, blob, cancellationToken);
        return before is not null
            && (SealedJson.Open<ModelDocument>(before, $"{container}/{blob}", ModelDocument.OutsideDigest).Digest == model.Digest
                ? true
                : throw Other(model));
    }

    /// <summary>Writes what is to be there exactly so.</summary>
    private async Task WriteAsync(ModelDocument model, string blob, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (!await TryWriteAsync(blob, content, cancellationToken))
        {
            byte[]? before = await store.TryReadAllAsync(container, blob, cancellationToken);
            if (!content.Span.SequenceEqual(before))
            {
                throw Other(model);
            }
        }
    }

    private async Task<bool> TryWriteAsync(string blob, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        try
        {
            await store.WriteBytesAsync(container, blob, content, WriteCondition.IfAbsent, cancellationToken);
            return true;
        }
        catch (OrganSegException error) when (error.Kind == ErrorKind.Exists)
        {
            return false;
        }
    }

    private static OrganSegException Other(ModelDocument model) => new(
        ErrorKind.Exists, $"{model.Reference} is another model in this store; the one to take over has the digest {model.Digest}.");
}
