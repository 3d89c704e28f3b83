using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Surfaces;

/// <summary>Class ids on a regular grid, [depth, rows, columns]. It does not own its planes.</summary>
internal sealed class LabelGrid
{
    /// <param name="width">Voxels in a row.</param>
    /// <param name="height">Rows of a plane.</param>
    /// <param name="planes">Row-major, one for each place along the third axis.</param>
    /// <param name="isPlanar">An image, whose outlines are curves; else a volume, whose outlines are surfaces, even of one plane.</param>
    /// <exception cref="ArgumentException">A side is not positive or beyond 32,766, or a plane has another length.</exception>
    public LabelGrid(int width, int height, IReadOnlyList<byte[]> planes, bool isPlanar)
    {
        foreach (var side in (int[])[width, height, planes.Count])
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(side);
            // Offsets between voxels, and between their corners, are kept in 16 bits.
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(side, short.MaxValue);
        }

        if (planes.Any(plane => plane.Length != width * height))
        {
            throw new ArgumentException($"A plane does not fill {width}×{height}.", nameof(planes));
        }

        (Width, Height, Planes, IsPlanar) = (width, height, planes, isPlanar);
    }

    public int Width { get; }

    public int Height { get; }

    public int Depth => Planes.Count;

    public IReadOnlyList<byte[]> Planes { get; }

    public bool IsPlanar { get; }

    public static LabelGrid Of(ByteImage labels) => new(labels.Width, labels.Height, [labels.Pixels], isPlanar: true);

    public ReadOnlySpan<byte> Row(int plane, int row) => Planes[plane].AsSpan(row * Width, Width);
}
