using System.Buffers;
using System.IO.Compression;
using Microsoft.Win32.SafeHandles;

namespace OrganSeg.Ingest.Spooling;

/// <summary>
/// What one import has prepared and not yet stored, in one append-only file that vanishes when it is disposed. It keeps
/// memory flat however many slices come. Any number of threads may append.
/// </summary>
internal sealed class Spool(FileStream file) : IDisposable
{
    // The quickest setting: it halves CT slices and makes next to nothing of label maps.
    private const int BrotliQuality = 1;
    private const int BrotliWindowBits = 18;

    private readonly SafeFileHandle _handle = file.SafeFileHandle;
    private long _length;

    /// <summary>Keeps data compressed.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Dependency"/>: the disk refuses.</exception>
    public async Task<SpoolEntry> AppendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BrotliEncoder.GetMaxCompressedLength(data.Length));
        try
        {
            if (!BrotliEncoder.TryCompress(data.Span, buffer, out var stored, BrotliQuality, BrotliWindowBits))
            {
                throw new InvalidOperationException("The compressor broke its own bound.");
            }

            return new SpoolEntry(await WriteAsync(buffer.AsMemory(0, stored), cancellationToken), stored, data.Length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Keeps data as it is, where it is read once and soon.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Dependency"/>: the disk refuses.</exception>
    public async Task<SpoolEntry> AppendRawAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        new(await WriteAsync(data, cancellationToken), data.Length, data.Length, Compressed: false);

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Dependency"/>: the disk refuses.</exception>
    public async Task<byte[]> ReadAsync(SpoolEntry entry, CancellationToken cancellationToken)
    {
        var data = new byte[entry.Bytes];
        var buffer = entry.Compressed ? ArrayPool<byte>.Shared.Rent(entry.StoredBytes) : data;
        try
        {
            for (var filled = 0; filled < entry.StoredBytes;)
            {
                var read = await RandomAccess.ReadAsync(
                    _handle, buffer.AsMemory(filled, entry.StoredBytes - filled), entry.Offset + filled, cancellationToken);
                filled += read > 0 ? read : throw new EndOfStreamException();
            }

            if (!entry.Compressed)
            {
                return data;
            }

            return BrotliDecoder.TryDecompress(buffer.AsSpan(0, entry.StoredBytes), data, out var bytes)
                && bytes == data.Length
                    ? data
                    : throw new InvalidDataException();
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            throw new OrganSegException(
                ErrorKind.Dependency, "The service cannot read its temporary files; import again.", error);
        }
        finally
        {
            if (entry.Compressed)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    public void Dispose() => file.Dispose();

    private async Task<long> WriteAsync(ReadOnlyMemory<byte> stored, CancellationToken cancellationToken)
    {
        var offset = Interlocked.Add(ref _length, stored.Length) - stored.Length;
        try
        {
            await RandomAccess.WriteAsync(_handle, stored, offset, cancellationToken);
            return offset;
        }
        catch (IOException error)
        {
            throw new OrganSegException(
                ErrorKind.Dependency,
                "The service cannot write its temporary files; free space on its disk and import again.",
                error);
        }
    }
}
