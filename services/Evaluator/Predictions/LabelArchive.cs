using System.IO.Compression;
using OrganSeg.Evaluator.Metrics;
using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Predictions;

/// <summary>
/// Keeps label maps for the figures that are chosen only once every slice is scored. A deflated label map is about a
/// hundredth of its size, so thousands of them fit.
/// </summary>
internal sealed class LabelArchive
{
    private readonly Dictionary<SliceId, Packed> _maps = [];

    public void Add(SliceId slice, ByteImage labels)
    {
        using var buffer = new MemoryStream();
        using (var deflate = new DeflateStream(buffer, CompressionLevel.Fastest, leaveOpen: true))
        {
            deflate.Write(labels.Pixels);
        }

        _maps[slice] = new Packed(labels.Width, labels.Height, buffer.ToArray());
    }

    /// <exception cref="KeyNotFoundException">There is no map of that slice.</exception>
    public ByteImage Get(SliceId slice)
    {
        var packed = _maps[slice];
        var pixels = new byte[packed.Width * packed.Height];
        using var inflate = new DeflateStream(new MemoryStream(packed.Bytes), CompressionMode.Decompress);
        inflate.ReadExactly(pixels);
        return new ByteImage(packed.Width, packed.Height, pixels);
    }

    private sealed record Packed(int Width, int Height, byte[] Bytes);
}
