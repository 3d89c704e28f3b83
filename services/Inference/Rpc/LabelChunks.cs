using Google.Protobuf;
using Grpc.Core;
using OrganSeg.V1;

namespace OrganSeg.Inference.Rpc;

/// <summary>Sends what is written to it as the chunks of a SegmentVolume answer.</summary>
internal sealed class LabelChunks(IServerStreamWriter<SegmentVolumeResponse> responses) : Stream
{
    private const int ChunkBytes = 1 << 18;

    private byte[] _chunk = new byte[ChunkBytes];
    private int _filled;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            var part = Math.Min(buffer.Length, _chunk.Length - _filled);
            buffer.Span[..part].CopyTo(_chunk.AsSpan(_filled));
            _filled += part;
            buffer = buffer[part..];
            if (_filled == _chunk.Length)
            {
                await SendAsync(cancellationToken);
            }
        }
    }

    /// <summary>Sends what is left. A flush by a compressor is no reason to send little.</summary>
    public async Task SendAsync(CancellationToken cancellationToken)
    {
        if (_filled > 0)
        {
            // The message keeps the buffer, so that the next one needs its own.
            var chunk = UnsafeByteOperations.UnsafeWrap(_chunk.AsMemory(0, _filled));
            (_chunk, _filled) = (new byte[ChunkBytes], 0);
            await responses.WriteAsync(new SegmentVolumeResponse { Chunk = chunk }, cancellationToken);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
