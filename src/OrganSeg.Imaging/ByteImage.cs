namespace OrganSeg.Imaging;

/// <summary>
/// An 8-bit raster of shape [height, width], row-major: either grey values 0…255 or a label map of class ids. It owns
/// its pixels; whoever shares one must not write into it.
/// </summary>
public sealed class ByteImage
{
    /// <summary>Wraps existing pixels without copying them.</summary>
    /// <param name="width">Pixels in a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="pixels">Row-major pixels, exactly <paramref name="width"/> × <paramref name="height"/>.</param>
    /// <exception cref="ArgumentException">A side is not positive, or the number of pixels does not fit.</exception>
    public ByteImage(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentNullException.ThrowIfNull(pixels);
        if (pixels.Length != (long)width * height)
        {
            throw new ArgumentException($"{pixels.Length} pixels do not fill {width}×{height}.", nameof(pixels));
        }

        Width = width;
        Height = height;
        Pixels = pixels;
    }

    /// <summary>Creates an image of zeros: black, or all background.</summary>
    /// <param name="width">Pixels in a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <exception cref="ArgumentException">A side is not positive.</exception>
    public ByteImage(int width, int height)
        : this(width, height, new byte[checked(Math.Max(width, 0) * Math.Max(height, 0))])
    {
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Number of rows.</summary>
    public int Height { get; }

    /// <summary>All pixels, row-major, of length <see cref="Width"/> × <see cref="Height"/>.</summary>
    public byte[] Pixels { get; }

    /// <summary>One row, writable, of length <see cref="Width"/>.</summary>
    /// <param name="y">0 is the top row.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="y"/> is outside the image.</exception>
    public Span<byte> Row(int y)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(y);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(y, Height);
        return Pixels.AsSpan(y * Width, Width);
    }
}
