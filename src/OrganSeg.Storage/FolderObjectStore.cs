using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace OrganSeg.Storage;

/// <summary>
/// Blobs as files: a blob is <c>PATH/container/name</c>. A write goes to a file of its own in <c>PATH/.tmp</c>, is
/// flushed to the disk and then renamed, so no partial file is ever visible and a crash loses nothing that was
/// acknowledged. Conditional writes hold a file lock, which also keeps out other processes and which the system releases
/// when a process dies. The ETag is the SHA-256 of the content.
/// </summary>
public sealed class FolderObjectStore : IObjectStore
{
    private const int CopyBufferBytes = 128 * 1024;

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0 };

    private readonly string _root;
    private readonly TimeProvider _time;
    private readonly FolderTemporaryFiles _temporary;
    private readonly FolderLocks _locks;
    private readonly FolderETags _etags = new();

    /// <summary>Opens a store; its folder is made when something is first written.</summary>
    /// <param name="path">The folder; a relative one counts from the current directory.</param>
    /// <param name="time">Where the time comes from; the system's clock when left out.</param>
    public FolderObjectStore(string path, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        _time = time ?? TimeProvider.System;
        _temporary = new FolderTemporaryFiles(Path.Combine(_root, ".tmp"), _time);
        _locks = new FolderLocks(Path.Combine(_root, ".locks"));
        string identity = OperatingSystem.IsWindows() ? _root.ToUpperInvariant() : _root;
        Identity = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("folder=" + identity)));
    }

    /// <inheritdoc/>
    public string Identity { get; }

    /// <inheritdoc/>
    public async Task<StoredObject?> FindAsync(string container, string name, CancellationToken cancellationToken)
    {
        string path = PathOf(container, name);
        return await DescribeAsync(path, name, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(
        string container, string name, long offset, long? length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length ?? 0, nameof(length));
        cancellationToken.ThrowIfCancellationRequested();
        FileStream file = FolderFiles.TryOpenRead(PathOf(container, name))
            ?? throw new OrganSegException(ErrorKind.Missing, $"There is no blob {container}/{name}.");
        long start = Math.Min(offset, file.Length);
        file.Position = start;
        long limit = Math.Min(length ?? long.MaxValue, file.Length - start);
        return Task.FromResult<Stream>(new BlobReadStream(file, limit, FolderFiles.Translate));
    }

    /// <inheritdoc/>
    public async Task<StoredObject> WriteAsync(
        string container, string name, Stream content, WriteCondition condition, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        string path = PathOf(container, name);
        string temporary = _temporary.NextPath();
        try
        {
            (string etag, long length) = await FillAsync(temporary, content, cancellationToken);
            using (await _locks.AcquireAsync(container + "/" + name, cancellationToken))
            {
                await CheckAsync(condition, container, name, path, cancellationToken);
                DateTime stamp = FolderFiles.Guard(() => Stamp(temporary, path));
                await FolderFiles.PublishAsync(
                    temporary, path, _root, replace: !condition.RequiresAbsence, cancellationToken);
                _etags.Remember(path, length, stamp, etag);
                return new StoredObject(name, length, etag, new DateTimeOffset(stamp));
            }
        }
        finally
        {
            FolderFiles.TryDelete(temporary);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(
        string container, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobName.CheckPrefix(container, prefix);
        int slash = prefix.LastIndexOf('/') + 1;
        string folder = Path.Combine(_root, container, prefix[..slash].Replace('/', Path.DirectorySeparatorChar));
        foreach ((string path, string name) in Walk(folder, prefix[..slash], prefix[slash..]))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await DescribeAsync(path, name, cancellationToken) is { } found)
            {
                yield return found;
            }
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListFoldersAsync(
        string container, string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobName.CheckFolder(container, folder);
        string path = Path.Combine(_root, container, folder.Replace('/', Path.DirectorySeparatorChar));
        foreach (FileSystemInfo entry in EntriesOf(path).Where(e => e is DirectoryInfo))
        {
            cancellationToken.ThrowIfCancellationRequested();
            // A crash can leave an empty folder behind; a folder counts only when a blob is below it.
            if (Walk(entry.FullName, "", "").Any())
            {
                yield return entry.Name;
            }
        }

        await Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string container, string name, CancellationToken cancellationToken)
    {
        string path = PathOf(container, name);
        if (!File.Exists(path))
        {
            return;
        }

        using (await _locks.AcquireAsync(container + "/" + name, cancellationToken))
        {
            FolderFiles.Delete(path, Path.Combine(_root, container));
        }
    }

    private string PathOf(string container, string name)
    {
        BlobName.Check(container, name);
        return Path.Combine(_root, container, name.Replace('/', Path.DirectorySeparatorChar));
    }

    private async Task<(string ETag, long Length)> FillAsync(
        string temporary, Stream content, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CopyBufferBytes);
        long length = 0;
        await using FileStream file = _temporary.Create(temporary);
        // Only the writing is guarded: an exception of the content's own stream goes to the caller as it is.
        for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0; length += read)
        {
            hash.AppendData(buffer, 0, read);
            await FolderFiles.GuardAsync(() => file.WriteAsync(buffer.AsMemory(0, read), cancellationToken));
        }

        ArrayPool<byte>.Shared.Return(buffer);
        FolderFiles.Guard(() => file.Flush(flushToDisk: true));
        return (Convert.ToHexStringLower(hash.GetHashAndReset()), length);
    }

    private static async Task CheckAsync(
        WriteCondition condition, string container, string name, string path, CancellationToken cancellationToken)
    {
        if (condition.RequiresAbsence && File.Exists(path))
        {
            throw condition.Broken(container, name);
        }

        if (condition.RequiredETag is { } required)
        {
            // Read afresh rather than from the cache: here a wrong answer would lose somebody's write.
            await using FileStream? file = FolderFiles.TryOpenRead(path);
            if (file is null || await FolderETags.ComputeAsync(file, cancellationToken) != required)
            {
                throw condition.Broken(container, name);
            }
        }
    }

    /// <summary>
    /// Gives a blob-to-be its time: later than the one it replaces even when the clock goes backwards or the file system
    /// counts in seconds, so that path, length and time together name one content.
    /// </summary>
    private DateTime Stamp(string temporary, string path)
    {
        DateTime now = _time.GetUtcNow().UtcDateTime;
        var existing = new FileInfo(path);
        DateTime last = existing.Exists ? existing.LastWriteTimeUtc : DateTime.MinValue;
        File.SetLastWriteTimeUtc(temporary, now > last ? now : last.AddTicks(1));
        DateTime stamp = File.GetLastWriteTimeUtc(temporary);
        if (stamp > last)
        {
            return stamp;
        }

        File.SetLastWriteTimeUtc(temporary, last.AddSeconds(2));
        return File.GetLastWriteTimeUtc(temporary);
    }

    private async Task<StoredObject?> DescribeAsync(string path, string name, CancellationToken cancellationToken)
    {
        await using FileStream? file = FolderFiles.TryOpenRead(path);
        if (file is null)
        {
            return null;
        }

        DateTime modified = File.GetLastWriteTimeUtc(file.SafeFileHandle);
        string etag = await _etags.GetAsync(path, file, modified, cancellationToken);
        return new StoredObject(name, file.Length, etag, new DateTimeOffset(modified));
    }

    private static IEnumerable<(string Path, string Name)> Walk(string folder, string namePrefix, string segmentPrefix)
    {
        foreach (FileSystemInfo entry in EntriesOf(folder))
        {
            if (!entry.Name.StartsWith(segmentPrefix, StringComparison.Ordinal))
            {
                continue;
            }

            if (entry is DirectoryInfo)
            {
                foreach ((string Path, string Name) below in Walk(entry.FullName, namePrefix + entry.Name + "/", ""))
                {
                    yield return below;
                }
            }
            else
            {
                yield return (entry.FullName, namePrefix + entry.Name);
            }
        }
    }

    /// <summary>The entries of a folder in the order their blobs' whole names have: a folder's name ends in a slash.</summary>
    private static List<FileSystemInfo> EntriesOf(string folder) => FolderFiles.Guard(() =>
    {
        try
        {
            return new DirectoryInfo(folder).GetFileSystemInfos("*", Everything)
                .Select(entry => (Key: entry is DirectoryInfo ? entry.Name + "/" : entry.Name, Entry: entry))
                .OrderBy(pair => pair.Key, StringComparer.Ordinal)
                .Select(pair => pair.Entry)
                .ToList();
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    });
}
