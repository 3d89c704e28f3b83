using System.Buffers;

namespace OrganSeg.Imaging;

/// <summary>
/// Nearest neighbour: each new pixel takes the old one under its centre, floor((i + ½) · old / new). The positions are
/// summed up step by step as Pillow's NEAREST does, because that decides which side wins where a centre falls exactly
/// between two pixels (512 → 224 has 32 such columns): label maps come out the same, pixel for pixel.
/// </summary>
internal static class NearestResampler
{
    public static void Resize(ReadOnlySpan<byte> source, int width, int height, ByteImage target) =>
        ResizeWindow(source, width, height, target.Width, target.Height, 0, 0, target);

    /// <summary>
    /// Resizes [height, width] to [fullHeight, fullWidth] but computes only the window at (left, top) that fills
    /// <paramref name="target"/>.
    /// </summary>
    public static void ResizeWindow(
        ReadOnlySpan<byte> source, int width, int height, int fullWidth, int fullHeight, int left, int top,
        ByteImage target)
    {
        var rented = ArrayPool<int>.Shared.Rent(target.Width + target.Height);
        try
        {
            var columns = rented.AsSpan(0, target.Width);
            var rows = rented.AsSpan(target.Width, target.Height);
            FillIndices(columns, left, width, fullWidth);
            FillIndices(rows, top, height, fullHeight);
            for (var y = 0; y < rows.Length; y++)
            {
                var to = target.Row(y);
                if (y > 0 && rows[y] == rows[y - 1])
                {
                    target.Row(y - 1).CopyTo(to);
                    continue;
                }

                var row = source.Slice(rows[y] * width, width);
                for (var x = 0; x < to.Length; x++)
                {
                    to[x] = row[columns[x]];
                }
            }
        }
        finally
        {
            ArrayPool<int>.Shared.Return(rented);
        }
    }

    private static void FillIndices(Span<int> indices, int first, int from, int to)
    {
        var step = (double)from / to;
        var position = step * 0.5;
        for (var i = 0; i < first; i++)
        {
            position += step;
        }

        for (var i = 0; i < indices.Length; i++)
        {
            indices[i] = Math.Min((int)position, from - 1);
            position += step;
        }
    }
}
