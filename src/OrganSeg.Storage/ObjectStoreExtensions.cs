using System.Security.Cryptography;

namespace OrganSeg.Storage;

/// <summary>What is often done with whole blobs that fit into memory.</summary>
public static class ObjectStoreExtensions
{
    /// <summary>Reads a whole blob.</summary>
    /// <param name="store">The store.</param>
    /// <param name="container">The container.</param>
    /// <param name="name">The blob's name.</param>
    /// <param name="expectedSha256">Its SHA-256 in hexadecimal, or null when it is not known.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Missing"/> when it does not exist, <see cref="ErrorKind.Corrupt"/> when its content is not
    /// the expected one.
    /// </exception>
    public static async Task<byte[]> ReadAllAsync(
        this IObjectStore store,
        string container,
        string name,
        string? expectedSha256,
        CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        await using (Stream stream = await store.OpenReadAsync(container, name, 0, null, cancellationToken))
        {
            await stream.CopyToAsync(content, cancellationToken);
        }

        byte[] bytes = content.ToArray();
        if (expectedSha256 is not null && Sha256Of(bytes) != expectedSha256)
        {
            throw new OrganSegException(
                ErrorKind.Corrupt, $"{container}/{name} does not match its SHA-256; restore it from a copy.");
        }

        return bytes;
    }

    /// <summary>Writes a whole blob.</summary>
    public static async Task<StoredObject> WriteBytesAsync(
        this IObjectStore store,
        string container,
        string name,
        ReadOnlyMemory<byte> bytes,
        WriteCondition condition,
        CancellationToken cancellationToken)
    {
        await using Stream content = System.Runtime.InteropServices.MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> part)
            ? new MemoryStream(part.Array!, part.Offset, part.Count, writable: false)
            : new MemoryStream(bytes.ToArray(), writable: false);
        return await store.WriteAsync(container, name, content, condition, cancellationToken);
    }

    /// <summary>Writes a document as <see cref="StoredJson"/>.</summary>
    public static Task<StoredObject> WriteJsonAsync<T>(
        this IObjectStore store,
        string container,
        string name,
        T document,
        WriteCondition condition,
        CancellationToken cancellationToken)
        where T : class, IStoredDocument =>
        store.WriteBytesAsync(container, name, StoredJson.Serialize(document), condition, cancellationToken);

    /// <summary>Reads a document that was written by <see cref="WriteJsonAsync"/>.</summary>
    public static async Task<T> ReadJsonAsync<T>(
        this IObjectStore store, string container, string name, CancellationToken cancellationToken)
        where T : class, IStoredDocument =>
        StoredJson.Deserialize<T>(
            await store.ReadAllAsync(container, name, null, cancellationToken), $"{container}/{name}");

    internal static string Sha256Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Like <see cref="ReadAllAsync"/>, with null when the blob does not exist.</summary>
    public static async Task<byte[]?> TryReadAllAsync(
        this IObjectStore store, string container, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await store.ReadAllAsync(container, name, null, cancellationToken);
        }
        catch (OrganSegException e) when (e.Kind == ErrorKind.Missing)
        {
            return null;
        }
    }

    /// <summary>Deletes all blobs of a folder, one of them, which guards the others, at the end.</summary>
    internal static async Task DeleteFolderAsync(
        this IObjectStore store, string container, string folder, string last, CancellationToken cancellationToken)
    {
        string[] blobs = await store.ListAsync(container, folder, cancellationToken)
            .Select(blob => blob.Name)
            .Where(name => name != folder + last)
            .ToArrayAsync(cancellationToken);
        foreach (string blob in blobs.Append(folder + last))
        {
            await store.DeleteAsync(container, blob, cancellationToken);
        }
    }
}
