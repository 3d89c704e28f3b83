namespace OrganSeg.Imaging;

/// <summary>The five row filters of PNG (section 9), undone when reading and applied when writing.</summary>
internal static class PngFilter
{
    public const byte None = 0;
    public const byte Sub = 1;
    public const byte Up = 2;
    public const byte Average = 3;
    public const byte Paeth = 4;

    /// <summary>Restores a row in place.</summary>
    /// <param name="filter">The row's filter byte.</param>
    /// <param name="row">Filtered bytes in, restored bytes out.</param>
    /// <param name="above">The restored row above, zeros above the first.</param>
    /// <param name="distance">Bytes from a sample to the same sample of the pixel on its left.</param>
    /// <returns>False when there is no such filter.</returns>
    public static bool Undo(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int distance)
    {
        above = above[..row.Length];
        switch (filter)
        {
            case None:
                return true;
            case Sub:
                for (var i = distance; i < row.Length; i++)
                {
                    row[i] += row[i - distance];
                }

                return true;
            case Up:
                for (var i = 0; i < row.Length; i++)
                {
                    row[i] += above[i];
                }

                return true;
            case Average:
                for (var i = 0; i < row.Length; i++)
                {
                    var left = i < distance ? 0 : row[i - distance];
                    row[i] += (byte)((left + above[i]) / 2);
                }

                return true;
            case Paeth:
                for (var i = 0; i < row.Length; i++)
                {
                    row[i] += i < distance
                        ? above[i]
                        : Predict(row[i - distance], above[i], above[i - distance]);
                }

                return true;
            default:
                return false;
        }
    }

    /// <summary>Filters a row of one byte a pixel into <paramref name="target"/>.</summary>
    public static void Apply(byte filter, ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, Span<byte> target)
    {
        above = above[..row.Length];
        target = target[..row.Length];
        for (var i = 0; i < row.Length; i++)
        {
            var left = i == 0 ? (byte)0 : row[i - 1];
            var aboveLeft = i == 0 ? (byte)0 : above[i - 1];
            var predicted = filter switch
            {
                None => (byte)0,
                Sub => left,
                Up => above[i],
                Average => (byte)((left + above[i]) / 2),
                Paeth => Predict(left, above[i], aboveLeft),
                _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "PNG has filters 0 to 4."),
            };
            target[i] = (byte)(row[i] - predicted);
        }
    }

    // The neighbour nearest to left + above − aboveLeft; ties go to the left, then to the one above.
    private static byte Predict(byte left, byte above, byte aboveLeft)
    {
        var toLeft = Math.Abs(above - aboveLeft);
        var toAbove = Math.Abs(left - aboveLeft);
        var toAboveLeft = Math.Abs(left + above - 2 * aboveLeft);
        return toLeft <= toAbove && toLeft <= toAboveLeft ? left
            : toAbove <= toAboveLeft ? above
            : aboveLeft;
    }
}
