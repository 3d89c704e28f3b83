namespace OrganSeg.Imaging;

/// <summary>The colour types of PNG's header, by their numbers.</summary>
internal enum PngColour
{
    Grey = 0,
    Rgb = 2,
    Palette = 3,
    GreyAlpha = 4,
    Rgba = 6,
}

/// <summary>What the IHDR chunk says, checked.</summary>
internal readonly record struct PngHeader(int Width, int Height, int BitDepth, PngColour Colour, bool Interlaced)
{
    public int Channels => Colour switch
    {
        PngColour.Rgb => 3,
        PngColour.GreyAlpha => 2,
        PngColour.Rgba => 4,
        _ => 1,
    };

    public int BitsPerPixel => Channels * BitDepth;

    /// <summary>Bytes of one row of so many pixels, without its filter byte.</summary>
    public int RowBytes(int width) => (int)(((long)width * BitsPerPixel + 7) / 8);
}
