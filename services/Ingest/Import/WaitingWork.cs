using System.Threading.Channels;

namespace OrganSeg.Ingest.Import;

/// <summary>
/// The work between the receiver and the workers, bounded by the bytes of its files: an upload that is faster than the cores
/// waits, and by HTTP/2 flow control its sender with it. For one receiver and any number of workers.
/// </summary>
internal sealed class WaitingWork(int capacityMebibytes) : IDisposable
{
    private readonly Channel<ImportWork> _work =
        Channel.CreateUnbounded<ImportWork>(new UnboundedChannelOptions { SingleWriter = true });

    private readonly SemaphoreSlim _room = new(capacityMebibytes);

    /// <summary>Waits for room. A file that is larger than everything goes alone.</summary>
    public async Task AddAsync(ImportWork work, CancellationToken cancellationToken)
    {
        try
        {
            for (var needed = Mebibytes(work); needed > 0; needed--)
            {
                await _room.WaitAsync(cancellationToken);
            }

            await _work.Writer.WriteAsync(work, cancellationToken);
        }
        catch
        {
            work.Dispose();
            throw;
        }
    }

    /// <summary>No more comes.</summary>
    public void Complete() => _work.Writer.Complete();

    public IAsyncEnumerable<ImportWork> TakeAllAsync(CancellationToken cancellationToken) =>
        _work.Reader.ReadAllAsync(cancellationToken);

    /// <summary>Must be called once taken work is done or given up.</summary>
    public void Release(ImportWork work)
    {
        work.Dispose();
        _room.Release(Mebibytes(work));
    }

    public void Dispose()
    {
        while (_work.Reader.TryRead(out var work))
        {
            work.Dispose();
        }

        _room.Dispose();
    }

    private int Mebibytes(ImportWork work) => Math.Min(1 + (int)(work.Files.Sum(file => (long)file.BytesInMemory) >> 20), capacityMebibytes);
}
