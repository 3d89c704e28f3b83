using OrganSeg.V1;

namespace OrganSeg.Ingest.Uploads;

/// <summary>
/// Contents of files on the disk, by their SHA-256, for as long as uploads name them. Small ones share segments; each larger
/// one has its own, which then is the file. Any number of callers; writing is one at a time.
/// </summary>
internal sealed class ContentStore : IDisposable
{
    private const long SegmentBytes = 64 << 20;

    private readonly string _folder;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<ContentDigest, StoredContent> _contents = [];
    private readonly HashSet<StoredContent> _uncommitted = [];
    private StoredSegment? _shared;
    private long _lastNumber;
    private long _promisedBytes;

    /// <summary>Takes over what an earlier process has left.</summary>
    /// <param name="folder">Its own.</param>
    public ContentStore(string folder)
    {
        _folder = folder;
        foreach (var segment in StoredSegment.Recover(folder))
        {
            _lastNumber = segment.Number;
            segment.Contents.RemoveWhere(content => !_contents.TryAdd(content.Digest, content));
            DropIfEmpty(segment);
        }
    }

    /// <summary>Counts the files of an upload as users of their contents.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Quota"/>: all contents together would be too large, sent
    /// or not; <see cref="ErrorKind.Invalid"/>: a digest cannot be right.</exception>
    public Task RetainAsync(IReadOnlyList<StoredFile> files, long maxBytes, CancellationToken cancellationToken) =>
        RunAsync(() =>
        {
            var added = new Dictionary<ContentDigest, StoredContent>();
            foreach (var file in files)
            {
                var content = added.GetValueOrDefault(file.Digest) ?? _contents.GetValueOrDefault(file.Digest) ?? new StoredContent(file.Digest, file.Length);
                if (content.Length != file.Length && content.References == 0 && !added.ContainsKey(file.Digest))
                {
                    // What is left of an upload that had its length wrong and is gone.
                    _uncommitted.Remove(content);
                    content.Lose();
                    content = new StoredContent(file.Digest, file.Length);
                }

                if (content.Length != file.Length)
                {
                    throw OrganSegException.Invalid(
                        file.Name, $"has the SHA-256 of a file of {content.Length} bytes and a length of {file.Length}; take both anew.");
                }

                if (content.References == 0)
                {
                    added[file.Digest] = content;
                }
            }

            var needed = added.Values.Sum(content => content.Length);
            if (_promisedBytes + needed > maxBytes)
            {
                throw Full(needed, maxBytes);
            }

            _promisedBytes += needed;
            foreach (var file in files)
            {
                var content = added.GetValueOrDefault(file.Digest) ?? _contents[file.Digest];
                content.References++;
                _contents[file.Digest] = content;
            }
        }, cancellationToken);

    /// <summary>Ends what <see cref="RetainAsync"/> began; contents that no upload names go with their segment.</summary>
    public Task ReleaseAsync(IReadOnlyList<StoredFile> files, CancellationToken cancellationToken) =>
        RunAsync(() =>
        {
            var segments = new HashSet<StoredSegment>();
            foreach (var file in files)
            {
                var content = _contents[file.Digest];
                if (--content.References == 0)
                {
                    _promisedBytes -= content.Length;
                    if (content.Segment is { } segment)
                    {
                        segments.Add(segment);
                    }
                    else
                    {
                        _contents.Remove(content.Digest);
                    }
                }
            }

            foreach (var segment in segments)
            {
                DropUnused(segment);
            }
        }, cancellationToken);

    /// <summary>Drops what an earlier process has left and no upload names. Called once they are all retained.</summary>
    public Task DropUnusedAsync(CancellationToken cancellationToken) =>
        RunAsync(() =>
        {
            foreach (var segment in _contents.Values.Select(content => content.Segment).OfType<StoredSegment>().Distinct().ToArray())
            {
                DropUnused(segment);
            }
        }, cancellationToken);

    /// <summary>Bytes of each file that are safe on the disk.</summary>
    public async Task<long[]> DurableAsync(IReadOnlyList<StoredFile> files, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return [.. files.Select(file => _contents[file.Digest].Durable)];
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Takes a chunk of a file that was retained. It may repeat what is there.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: the chunk does not fit, or is not what its
    /// SHA-256 says; <see cref="ErrorKind.Dependency"/>: the disk refuses.</exception>
    public Task AppendAsync(StoredFile file, UploadChunk chunk, CancellationToken cancellationToken) =>
        RunAsync(async () =>
        {
            UploadChunks.Check(file, chunk);
            var content = _contents[file.Digest];
            if (content.Written == content.Length)
            {
                return;
            }

            if (chunk.Offset > content.Written)
            {
                throw OrganSegException.Invalid(
                    file.Name, $"has a chunk at byte {chunk.Offset}, while only {content.Written} came; send what is between first.");
            }

            var (segment, offset) = content.Segment is { } own ? (own, content.Offset) : Place(content);
            try
            {
                await segment.WriteAsync(chunk.Data.Memory, offset + chunk.Offset, cancellationToken);
            }
            catch when (segment.Contents.Count == 0)
            {
                // Nothing names it, so that nothing else would ever delete it.
                _shared = segment == _shared ? null : _shared;
                segment.Delete();
                throw;
            }

            (content.Segment, content.Offset) = (segment, offset);
            content.Written = Math.Max(content.Written, chunk.Offset + chunk.Data.Length);
            segment.Contents.Add(content);
            _uncommitted.Add(content);
            if (content.Written == content.Length && content.Length > UploadChunks.MaxBytes && !await content.IsIntactAsync(cancellationToken))
            {
                Lose(content);
                throw OrganSegException.Invalid(file.Name, "is not the file of the SHA-256 that was announced; it may have changed. Send it again.");
            }
        }, cancellationToken);

    /// <summary>Flushes all that anybody has written.</summary>
    public Task CommitAsync(CancellationToken cancellationToken) =>
        RunAsync(
            // Flushing takes as long as the disk does, which is no work for the caller's thread.
            () => _uncommitted.Count == 0 ? Task.CompletedTask : Task.Run(Commit, cancellationToken),
            cancellationToken);

    /// <summary>A file whose content is whole, checked against its SHA-256.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.NotReady"/>: it is not whole;
    /// <see cref="ErrorKind.Corrupt"/>: the disk has lost or changed it, and it must be sent again.</exception>
    public async Task<UploadedFile> OpenAsync(StoredFile file, CancellationToken cancellationToken)
    {
        if (file.Length == 0)
        {
            return UploadedFile.InMemory(file.Role, file.Name, ReadOnlyMemory<byte>.Empty);
        }

        StoredContent? content = null;
        await RunAsync(() => content = _contents[file.Digest], cancellationToken);
        if (content is not { IsWhole: true, Segment: { } segment })
        {
            throw new OrganSegException(ErrorKind.NotReady, $"{file.Name} is not there as a whole; send the rest of it first.");
        }

        try
        {
            if (file.Length > UploadChunks.MaxBytes)
            {
                if (await content.IsIntactAsync(cancellationToken))
                {
                    return UploadedFile.OnDisk(file.Role, file.Name, segment.DataPath, temporary: false);
                }
            }
            else
            {
                var bytes = await content.ReadAsync(cancellationToken);
                if (ContentDigest.Of(bytes) == file.Digest)
                {
                    return UploadedFile.InMemory(file.Role, file.Name, bytes);
                }
            }
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException or EndOfStreamException)
        {
            // Lost like one that has changed.
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It may be there all the same, for a later attempt.
            throw new OrganSegException(ErrorKind.Dependency, "The service cannot read its uploads; import again.", error) { IsNameless = true };
        }

        await RunAsync(() => Lose(content), cancellationToken);
        throw new OrganSegException(ErrorKind.Corrupt, $"{file.Name} was damaged on the disk of the service; send it again.");
    }

    public void Dispose()
    {
        foreach (var segment in _contents.Values.Select(content => content.Segment).OfType<StoredSegment>().Distinct())
        {
            segment.Dispose();
        }

        _gate.Dispose();
    }

    private static OrganSegException Full(long needed, long maxBytes) => new(
        ErrorKind.Quota,
        $"Uploads may take {maxBytes >> 20} MiB, and this one with those that wait would take more: it adds {(needed >> 20) + 1} MiB. "
        + "Import or delete others, send less at a time, or raise Ingest:MaxUploadMebibytes.")
    {
        RetryAfter = TimeSpan.FromMinutes(1),
        IsNameless = true,
    };

    private (StoredSegment Segment, long Offset) Place(StoredContent content)
    {
        if (content.Length > UploadChunks.MaxBytes)
        {
            return (new StoredSegment(_folder, ++_lastNumber), 0);
        }

        _shared ??= new StoredSegment(_folder, ++_lastNumber);
        return (_shared, _shared.Length);
    }

    private void Commit()
    {
        foreach (var group in _uncommitted.GroupBy(content => content.Segment!).ToArray())
        {
            var segment = group.Key;
            StoredContent[] contents = [.. group];
            segment.Commit(contents);
            foreach (var content in contents)
            {
                content.Durable = content.Written;
                _uncommitted.Remove(content);
            }

            if (segment == _shared ? segment.Length >= SegmentBytes : contents[0].IsWhole)
            {
                segment.Dispose();
                _shared = segment == _shared ? null : _shared;
            }
        }
    }

    /// <summary>Forgets a content that is not what it should be.</summary>
    private void Lose(StoredContent content)
    {
        _uncommitted.Remove(content);
        if (content.Segment is { } segment)
        {
            content.Lose();
            // Whatever has happened to it, nothing new shall go there.
            _shared = segment == _shared ? null : _shared;
            DropUnused(segment);
            if (_uncommitted.All(other => other.Segment != segment))
            {
                segment.Dispose();
            }
        }
    }

    private static void DropIfEmpty(StoredSegment segment)
    {
        if (segment.Contents.Count == 0)
        {
            segment.Delete();
        }
    }

    private void DropUnused(StoredSegment segment)
    {
        if (segment.Contents.Any(content => content.References > 0))
        {
            return;
        }

        foreach (var content in segment.Contents)
        {
            _uncommitted.Remove(content);
            _contents.Remove(content.Digest);
        }

        _shared = segment == _shared ? null : _shared;
        segment.Delete();
    }

    private Task RunAsync(Action action, CancellationToken cancellationToken) =>
        RunAsync(
            () =>
            {
                action();
                return Task.CompletedTask;
            },
            cancellationToken);

    private async Task RunAsync(Func<Task> action, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            await action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new OrganSegException(
                ErrorKind.Dependency, "The service cannot write its uploads; free space on its disk and send them again.", error)
            {
                IsNameless = true,
            };
        }
        finally
        {
            _gate.Release();
        }
    }
}
