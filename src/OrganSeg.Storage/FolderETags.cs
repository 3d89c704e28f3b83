using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace OrganSeg.Storage;

/// <summary>
/// Remembers the SHA-256 of files, so that looking at large blobs again does not read them again. The store gives each
/// version of a blob a later time than the one before, so a file whose length and time are the same is the same.
/// </summary>
internal sealed class FolderETags
{
    private const int MaxEntries = 65_536;

    private readonly ConcurrentDictionary<string, Entry> _known = new(StringComparer.Ordinal);

    public void Remember(string path, long length, DateTime modified, string etag)
    {
        if (_known.Count >= MaxEntries)
        {
            _known.Clear();
        }

        _known[path] = new Entry(length, modified, etag);
    }

    public async Task<string> GetAsync(
        string path, FileStream file, DateTime modified, CancellationToken cancellationToken)
    {
        long length = file.Length;
        if (_known.TryGetValue(path, out Entry known) && known.Length == length && known.Modified == modified)
        {
            return known.ETag;
        }

        string etag = await ComputeAsync(file, cancellationToken);
        Remember(path, length, modified, etag);
        return etag;
    }

    public static async Task<string> ComputeAsync(FileStream file, CancellationToken cancellationToken)
    {
        try
        {
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
        }
        catch (Exception e) when (FolderFiles.Translate(e) is { } known)
        {
            throw known;
        }
    }

    private readonly record struct Entry(long Length, DateTime Modified, string ETag);
}
