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
                fileName, "is a 16-bit PNG, which does not say what its values mean; apply the CT window and save it with 8 bits, or ingest it with --png-zero-hu.");
        }

        return ReadGrey(container, fileName);
    }

    /// <summary>Reads a grey image of any depth: grey of 16 bits is windowed, all else is windowed already.</summary>
    /// <param name="png">The whole file.</param>
    /// <param name="fileName">Named in errors.</param>
    /// <param name="window">For 16 bits.</param>
    /// <returns>Grey values [height, width], and whether the window was applied.</returns>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Invalid"/> with <paramref name="fileName"/> as the field: as without a window, but for grey of 16 bits.
    /// </exception>
    public static (ByteImage Image, bool Windowed) ReadGrey(ReadOnlySpan<byte> png, string fileName, PngWindow window)
    {
        ArgumentNullException.ThrowIfNull(fileName);
        var container = PngContainer.Parse(png, fileName);
        return container.Header switch
        {
            { BitDepth: < 16 } => (ReadGrey(container, fileName), false),
            { Colour: PngColour.Grey } => (PngPixels.Decode(container, fileName, window.Greys()), true),
            _ => throw OrganSegException.Invalid(fileName, "is a 16-bit PNG of several channels; save HU as 16-bit grey."),
        };
    }

    private static ByteImage ReadGrey(PngContainer container, string fileName)
    {
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
    /// Reads a label map: the palette index, or the unscaled grey value, is the class id. With 16 bits, too, ids end at 255.
    /// </summary>
    /// <param name="png">The whole file.</param>
    /// <param name="fileName">Named in errors.</param>
    /// <returns>Class ids [height, width]; whether the schema has them is for the caller to check.</returns>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Invalid"/> with <paramref name="fileName"/> as the field: no PNG, truncated, damaged,
    /// larger than <see cref="MaxPixels"/>, coloured without a palette, or with an id above 255.
    /// </exception>
    public static ByteImage ReadLabels(ReadOnlySpan<byte> png, string fileName)
    {
        ArgumentNullException.ThrowIfNull(fileName);
        var container = PngContainer.Parse(png, fileName);
        if (container.Header.Colour is not (PngColour.Grey or PngColour.Palette))
        {
            throw OrganSegException.Invalid(
                fileName, "is a colour PNG; a label map holds class ids as palette indices or grey values.");
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
