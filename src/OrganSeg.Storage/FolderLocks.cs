using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace OrganSeg.Storage;

/// <summary>
/// Locks on blobs that hold across threads and processes: an exclusively opened file. The system releases it when its
/// process dies, so no lock is ever stale. The lock files are a fixed set onto which blob names are spread and are never
/// deleted, since deleting one while another process waits for it would let two in.
/// </summary>
internal sealed class FolderLocks(string folder)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Within the process waiters queue here, so that only processes have to poll for each other.</summary>
    private static readonly ConcurrentDictionary<string, SemaphoreSlim> Queues = new();

    public async Task<IDisposable> AcquireAsync(string blob, CancellationToken cancellationToken)
    {
        byte slot = SHA256.HashData(Encoding.UTF8.GetBytes(blob))[0];
        string path = Path.Combine(folder, slot.ToString("x2"));
        SemaphoreSlim queue = Queues.GetOrAdd(path, _ => new SemaphoreSlim(1, 1));
        if (!await queue.WaitAsync(Patience, cancellationToken))
        {
            throw Busy(null);
        }

        try
        {
            return new Held(await OpenAsync(path, cancellationToken), queue);
        }
        catch
        {
            queue.Release();
            throw;
        }
    }

    private async Task<FileStream> OpenAsync(string path, CancellationToken cancellationToken)
    {
        FolderFiles.Guard(() => Directory.CreateDirectory(folder));
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        giveUp.CancelAfter(Patience);
        for (int pauseMs = 1; ; pauseMs = Math.Min(pauseMs * 2, 25))
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
            }
            catch (IOException e) when (IsHeldElsewhere(e))
            {
                try
                {
                    await Task.Delay(pauseMs, giveUp.Token);
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    throw Busy(e);
                }
            }
            catch (Exception e) when (FolderFiles.Translate(e) is { } known)
            {
                throw known;
            }
        }
    }

    /// <summary>A sharing violation, as opposed to a missing folder or a full disk, which waiting does not mend.</summary>
    private static bool IsHeldElsewhere(IOException exception) =>
        exception.GetType() == typeof(IOException) && !FolderFiles.IsDiskFull(exception);

    private static OrganSegException Busy(Exception? inner) => new(
        ErrorKind.Dependency, "Another process has kept the blob folder locked for a minute; try again.", inner);

    private sealed class Held(FileStream file, SemaphoreSlim queue) : IDisposable
    {
        public void Dispose()
        {
            file.Dispose();
            queue.Release();
        }
    }
}
