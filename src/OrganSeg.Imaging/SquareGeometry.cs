namespace OrganSeg.Imaging;

/// <summary>
/// Where a slice lies in the square it is padded to. Both directions of the preprocessing use this one computation,
/// which is what makes the way back exact.
/// </summary>
internal readonly record struct SquareGeometry(
    int SourceWidth, int SourceHeight, int PaddedWidth, int PaddedHeight, int Left, int Top)
{
    // Pixels 16 times longer than wide are no axial slice; the bound also keeps the padding from exploding.
    private const double MaxAspect = 16;

    public static SquareGeometry Of(int width, int height, PixelSpacing? spacing)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        var (paddedWidth, paddedHeight) = spacing is { } mm
            ? SquareInMillimetres(width, height, mm)
            : (Math.Max(width, height), Math.Max(width, height));
        if ((long)paddedWidth * paddedHeight > Png.MaxPixels)
        {
            throw OrganSegException.Invalid(
                "image", $"{width}×{height} pixels become a square of more than {Png.MaxPixels} pixels.");
        }

        return new SquareGeometry(
            width, height, paddedWidth, paddedHeight, (paddedWidth - width) / 2, (paddedHeight - height) / 2);
    }

    private static (int Width, int Height) SquareInMillimetres(int width, int height, PixelSpacing mm)
    {
        if (!IsLength(mm.RowMm) || !IsLength(mm.ColumnMm)
            || mm.RowMm / mm.ColumnMm is not (>= 1 / MaxAspect and <= MaxAspect))
        {
            throw OrganSegException.Invalid(
                "spacing",
                $"{mm.RowMm}×{mm.ColumnMm} mm is no pixel spacing: both must be positive and at most 16:1.");
        }

        // The ratio is applied rather than the lengths, so that equal spacings give exactly the larger side.
        var aspect = mm.RowMm / mm.ColumnMm;
        var heightInColumns = height * aspect;
        return heightInColumns >= width
            ? (Math.Max(width, Round(heightInColumns)), height)
            : (width, Math.Max(height, Round(width / aspect)));
    }

    private static bool IsLength(double mm) => double.IsFinite(mm) && mm > 0;

    private static int Round(double pixels) =>
        (int)Math.Min(Math.Round(pixels, MidpointRounding.AwayFromZero), int.MaxValue);
}
