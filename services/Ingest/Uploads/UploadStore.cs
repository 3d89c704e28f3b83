using Microsoft.Extensions.Options;
using OrganSeg.Storage;

namespace OrganSeg.Ingest.Uploads;

/// <summary>
/// The uploads of a store that wait for their import. They outlive the process; one that nobody touches for long goes.
/// </summary>
internal sealed partial class UploadStore(IOptions<IngestOptions> options, IObjectStore store, TimeProvider time, ILogger<UploadStore> logger)
    : IHostedService, IDisposable
{
    private const string Extension = ".upload";

    private readonly string _root = Path.GetFullPath(options.Value.UploadPath);
    private readonly TimeSpan _patience = TimeSpan.FromHours(options.Value.UploadExpiryHours);
    private readonly long _maxBytes = (long)options.Value.MaxUploadMebibytes << 20;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<string, StoredUpload> _uploads = new(StringComparer.Ordinal);
    private UploadSlot? _slot;
    private ContentStore? _contents;

    private UploadSlot Slot => _slot ?? throw NotStarted();

    private ContentStore Contents => _contents ?? throw NotStarted();

    /// <summary>Takes over what an earlier process has left.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            _slot = UploadSlot.Take(_root, store.Identity);
            _contents = new ContentStore(_slot.Path);
            foreach (var file in new DirectoryInfo(_slot.Path).GetFiles("*" + Extension))
            {
                await LoadAsync(file, cancellationToken);
            }

            foreach (var unfinished in Directory.GetFiles(_slot.Path, "*" + UploadList.UnfinishedExtension))
            {
                File.Delete(unfinished);
            }

            await _contents.DropUnusedAsync(cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unusable(error);
        }

        if (_uploads.Count > 0)
        {
            LogFound(_uploads.Count);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Begins an upload, or goes on with an equal one.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Quota"/>: it does not fit; <see cref="ErrorKind.Dependency"/>:
    /// the disk refuses.</exception>
    public async Task<UploadLease> BeginAsync(UploadList list, CancellationToken cancellationToken)
    {
        await ExpireAsync(cancellationToken);
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (!_uploads.TryGetValue(list.Id, out var upload))
            {
                // Cleaners of temporary folders may have taken it since the start.
                UploadSlot.CreateFolder(Slot.Path);
                await Contents.RetainAsync(list.Files, _maxBytes, cancellationToken);
                try
                {
                    await list.WriteAsync(PathOf(list.Id), cancellationToken);
                    DiskFlush.Folder(Slot.Path);
                }
                catch
                {
                    await Contents.ReleaseAsync(list.Files, CancellationToken.None);
                    throw;
                }

                _uploads.Add(list.Id, upload = new StoredUpload(list, time.GetUtcNow()));
            }

            return Lease(upload);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unusable(error);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Finds an upload to work on.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Missing"/>: it was never begun here, is imported, or has
    /// expired.</exception>
    public async Task<UploadLease> LeaseAsync(string id, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return Lease(Find(id));
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Gives an upload up: nobody finds it any more, and it leaves the disk once no call works on it.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Missing"/>.</exception>
    public async Task DeleteAsync(string id, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            await RemoveAsync(Find(id));
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Gives up what a lease is on; once is enough.</summary>
    public async Task DeleteAsync(StoredUpload upload)
    {
        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            if (!upload.IsDeleted)
            {
                await RemoveAsync(upload);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Deletes what nobody has touched for as long as the settings say.</summary>
    public async Task ExpireAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var expired = _uploads.Values.Where(upload => upload.Leases == 0 && ExpiryOf(upload) <= time.GetUtcNow()).ToArray();
            foreach (var upload in expired)
            {
                await RemoveAsync(upload);
            }

            if (expired.Length > 0)
            {
                LogExpired(expired.Length);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Removes what processes of other stores have left and nobody has touched for as long.</summary>
    public void RemoveAbandoned()
    {
        try
        {
            UploadSlot.RemoveAbandoned(_root, time.GetUtcNow() - _patience);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another process may have been quicker, or be its owner; there is a next time.
            LogNotRemoved(error);
        }
    }

    public DateTimeOffset ExpiryOf(StoredUpload upload) => upload.LastUsed + _patience;

    /// <summary>A lease has ended.</summary>
    public async ValueTask ReturnAsync(StoredUpload upload)
    {
        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            upload.Leases--;
            if (upload.IsDeleted)
            {
                await FreeAsync(upload);
            }
            else
            {
                Touch(upload);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        _contents?.Dispose();
        _slot?.Dispose();
        _gate.Dispose();
    }

    private static InvalidOperationException NotStarted() => new("The uploads are used before the service has started.");

    private static OrganSegException Unusable(Exception error) => new(
        ErrorKind.Dependency, "The service cannot use its folder of uploads; check the setting Ingest:UploadPath.", error)
    {
        IsNameless = true,
    };

    private async Task LoadAsync(FileInfo file, CancellationToken cancellationToken)
    {
        var id = Path.GetFileNameWithoutExtension(file.Name);
        if (UploadList.TryRead(file.FullName, id) is { } list)
        {
            await Contents.RetainAsync(list.Files, long.MaxValue, cancellationToken);
            _uploads.Add(id, new StoredUpload(list, file.LastWriteTimeUtc));
        }
        else
        {
            file.Delete();
        }
    }

    private string PathOf(string id) => Path.Combine(Slot.Path, id + Extension);

    private StoredUpload Find(string id) => _uploads.TryGetValue(id, out var upload)
        ? upload
        : throw new OrganSegException(ErrorKind.Missing, "There is no such upload: it was imported or has expired. Begin it again.") { IsNameless = true };

    private UploadLease Lease(StoredUpload upload)
    {
        upload.Leases++;
        Touch(upload);
        return new UploadLease(this, upload, Contents);
    }

    private void Touch(StoredUpload upload)
    {
        upload.LastUsed = time.GetUtcNow();
        try
        {
            File.SetLastWriteTimeUtc(PathOf(upload.List.Id), upload.LastUsed.UtcDateTime);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It only counts for the next process, and may then go too early: it is sent again.
            LogNotTouched(error);
        }
    }

    private Task RemoveAsync(StoredUpload upload)
    {
        _uploads.Remove(upload.List.Id);
        upload.IsDeleted = true;
        return FreeAsync(upload);
    }

    private async Task FreeAsync(StoredUpload upload)
    {
        if (upload.Leases > 0)
        {
            return;
        }

        try
        {
            // An equal upload may have begun meanwhile; the list is its, then.
            if (!_uploads.ContainsKey(upload.List.Id))
            {
                File.Delete(PathOf(upload.List.Id));
            }

            await Contents.ReleaseAsync(upload.List.Files, CancellationToken.None);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or OrganSegException)
        {
            // What stays goes at the next start.
            LogNotRemoved(error);
        }
    }

    [LoggerMessage(1003, LogLevel.Information, "Found {Count} uploads that were begun before this start")]
    private partial void LogFound(int count);

    [LoggerMessage(1004, LogLevel.Information, "Deleted {Count} uploads that nobody has touched for long")]
    private partial void LogExpired(int count);

    [LoggerMessage(1005, LogLevel.Warning, "Uploads that are over could not be removed from the disk")]
    private partial void LogNotRemoved(Exception error);

    [LoggerMessage(1006, LogLevel.Warning, "The time of an upload could not be written")]
    private partial void LogNotTouched(Exception error);
}
