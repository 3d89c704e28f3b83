using System.Threading.Channels;
using OrganSeg.Ingest.Uploads;

namespace OrganSeg.Ingest.Import;

/// <summary>
/// The files between the receiver and the workers, bounded in bytes: an upload that is faster than the cores waits, and
/// by HTTP/2 flow control its sender with it. For one receiver and any number of workers.
/// </summary>
internal sealed class WaitingFiles(int capacityMebibytes) : IDisposable
{
    private readonly Channel<(ReceivedSlice Slice, UploadedFile File)> _files =
        Channel.CreateUnbounded<(ReceivedSlice, UploadedFile)>(new UnboundedChannelOptions { SingleWriter = true });

    private readonly SemaphoreSlim _room = new(capacityMebibytes);

    /// <summary>Waits for room. A file that is larger than everything goes alone.</summary>
    public async Task AddAsync(ReceivedSlice slice, UploadedFile file, CancellationToken cancellationToken)
    {
        for (var needed = Mebibytes(file); needed > 0; needed--)
        {
            await _room.WaitAsync(cancellationToken);
        }

        await _files.Writer.WriteAsync((slice, file), cancellationToken);
    }

    /// <summary>No more files come.</summary>
    public void Complete() => _files.Writer.Complete();

    public IAsyncEnumerable<(ReceivedSlice Slice, UploadedFile File)> TakeAllAsync(CancellationToken cancellationToken) =>
        _files.Reader.ReadAllAsync(cancellationToken);

    /// <summary>Must be called once the content of a taken file is no longer needed.</summary>
    public void Release(UploadedFile file) => _room.Release(Mebibytes(file));

    public void Dispose() => _room.Dispose();

    private int Mebibytes(UploadedFile file) => Math.Min(1 + (file.BytesInMemory >> 20), capacityMebibytes);
}
