using Grpc.Core;
using OrganSeg.V1;

namespace OrganSeg.Inference.Rpc;

/// <summary>The chunks of a SegmentVolume call as one stream that is read forwards; ends where the caller ends.</summary>
internal sealed class VolumeChunks(IAsyncStreamReader<SegmentVolumeRequest> requests) : Stream
{
    private ReadOnlyMemory<byte> _rest;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_rest.IsEmpty)
        {
            if (!await requests.MoveNext(cancellationToken))
            {
                return 0;
            }

            _rest = requests.Current.PartCase == SegmentVolumeRequest.PartOneofCase.Chunk
                ? requests.Current.Chunk.Memory
                : throw OrganSegException.Invalid("options", "come first and only once; send the file's chunks after them.");
        }

        var taken = Math.Min(buffer.Length, _rest.Length);
        _rest[..taken].CopyTo(buffer);
        _rest = _rest[taken..];
        return taken;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
