namespace OrganSeg.Ingest.Sources;

/// <summary>The bytes of a tar on their way to its reader, counted, whether the reader uses or skips them.</summary>
internal sealed class BoundedTarStream(Stream tar, ArchiveBounds bounds) : Stream
{
    // The reader asks for a file's content piece by piece, and at once for what describes one: long names, for most.
    private const int MaxRead = 1 << 20;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        Check(buffer.Length);
        return Count(tar.Read(buffer));
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Check(buffer.Length);
        return Count(await tar.ReadAsync(buffer, cancellationToken));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static void Check(int bytes)
    {
        if (bytes > MaxRead)
        {
            throw new InvalidDataException("An entry's description is absurdly long.");
        }
    }

    private int Count(int read)
    {
        bounds.AddBytes(read);
        return read;
    }
}
