namespace OrganSeg.Imaging;

/// <summary>
/// Reads and writes 8-bit grey images and label maps as PNG (W3C PNG, second edition). Palette indices are class ids
/// here, which image libraries turn into colours, so decoding is done in this project.
/// </summary>
public static class Png
{
    /// <summary>Largest image read or made, in pixels.</summary>
    public const int MaxPixels = 64 << 20;

    /// <summary>
    /// Reads a grey image. Accepted: grey of 1, 2, 4 (scaled to 0…255) and 8 bits; a palette whose used colours are
    /// grey; 8-bit colour whose three channels are equal. An alpha channel must be opaque.
    /// </summary>
    /// <param name="png">The whole file.</param>
    /// <param name="fileName">Named in errors.</param>
    /// <returns>Grey values [height, width].</returns>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Invalid"/> with <paramref name="fileName"/> as the field: no PNG, truncated, damaged,
    /// larger than <see cref="MaxPixels"/>, 16-bit, coloured or transparent.
    /// </exception>
    public static ByteImage ReadGrey(ReadOnlySpan<byte> png, string fileName)
    {
        ArgumentNullException.ThrowIfNull(fileName);
        var container = PngContainer.Parse(png, fileName);
        if (container.Header.BitDepth == 16)
        {
            throw OrganSegException.Invalid(
                fileName, "is a 16-bit PNG; apply the CT window first and save it with 8 bits.");
        }

        var image = PngPixels.Decode(container, fileName);
        if (container.Header.Colour == PngColour.Palette)
        {
            ApplyGreyPalette(image.Pixels, container.Palette, fileName);
        }
        else if (container.Header.BitDepth < 8)
        {
            var scale = (byte)(255 / ((1 << container.Header.BitDepth) - 1));
            foreach (ref var pixel in image.Pixels.AsSpan())
            {
                pixel *= scale;
            }
        }

        return image;
    }

    /// <summary>
    /// Reads a label map: the palette index, or the unscaled grey value of 1, 2, 4 or 8 bits, is the class id.
    /// </summary>
    /// <param name="png">The whole file.</param>
    /// <param name="fileName">Named in errors.</param>
    /// <returns>Class ids [height, width]; whether the schema has them is for the caller to check.</returns>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Invalid"/> with <paramref name="fileName"/> as the field: no PNG, truncated, damaged,
    /// larger than <see cref="MaxPixels"/>, 16-bit, or coloured without a palette.
    /// </exception>
    public static ByteImage ReadLabels(ReadOnlySpan<byte> png, string fileName)
    {
        ArgumentNullException.ThrowIfNull(fileName);
        var container = PngContainer.Parse(png, fileName);
        if (container.Header.Colour is not (PngColour.Grey or PngColour.Palette))
        {
            throw OrganSegException.Invalid(
                fileName, "is a colour PNG; a label map holds class ids as palette indices or 8-bit grey values.");
        }

        if (container.Header.BitDepth == 16)
        {
            throw OrganSegException.Invalid(fileName, "is a 16-bit PNG; save class ids as 8-bit grey values.");
        }

        return PngPixels.Decode(container, fileName);
    }

    /// <summary>
    /// Writes 8-bit grey; of a label map the class id becomes the grey value. The same pixels give the same bytes in
    /// every run of one build on one kind of machine.
    /// </summary>
    /// <param name="image">Grey values or class ids.</param>
    /// <returns>The whole file.</returns>
    public static byte[] WriteGrey(ByteImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return PngEncoder.Encode(image);
    }

    private static void ApplyGreyPalette(Span<byte> pixels, ReadOnlySpan<byte> palette, string fileName)
    {
        Span<short> greys = stackalloc short[256];
        greys.Fill(-1);
        for (var i = 0; i < palette.Length / 3; i++)
        {
            if (palette[3 * i] == palette[3 * i + 1] && palette[3 * i] == palette[3 * i + 2])
            {
                greys[i] = palette[3 * i];
            }
        }

        foreach (ref var pixel in pixels)
        {
            var grey = greys[pixel];
            if (grey < 0)
            {
                throw OrganSegException.Invalid(
                    fileName,
                    pixel < palette.Length / 3
                        ? "has a colour palette; a grey image is needed. Is it a label map?"
                        : $"uses palette entry {pixel}, which its palette lacks.");
            }

            pixel = (byte)grey;
        }
    }
}
