using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Robustness;

/// <summary>
/// Rotates and scales about the centre of the image. Images are sampled bilinearly and label maps by nearest neighbour at
/// the very same places; outside lies black and background.
/// </summary>
internal readonly struct SliceWarp
{
    private readonly double _cosine;
    private readonly double _sine;

    /// <param name="degrees">Clockwise as displayed, with y downwards.</param>
    /// <param name="scale">Above 1 enlarges.</param>
    public SliceWarp(double degrees, double scale)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(scale);
        var (sine, cosine) = Math.SinCos(double.DegreesToRadians(degrees));
        (_cosine, _sine) = (cosine / scale, sine / scale);
    }

    /// <summary>The warped image.</summary>
    public ByteImage Image(ByteImage image)
    {
        var result = new ByteImage(image.Width, image.Height);
        for (var y = 0; y < image.Height; y++)
        {
            var to = result.Row(y);
            for (var x = 0; x < to.Length; x++)
            {
                to[x] = Bilinear(image, SourceOf(image, x, y));
            }
        }

        return result;
    }

    /// <summary>The label map of the warped image.</summary>
    public ByteImage Labels(ByteImage labels)
    {
        var result = new ByteImage(labels.Width, labels.Height);
        for (var y = 0; y < labels.Height; y++)
        {
            var to = result.Row(y);
            for (var x = 0; x < to.Length; x++)
            {
                var (sourceX, sourceY) = SourceOf(labels, x, y);
                to[x] = At(labels, (int)Math.Floor(sourceX + 0.5), (int)Math.Floor(sourceY + 0.5));
            }
        }

        return result;
    }

    private (double X, double Y) SourceOf(ByteImage image, int x, int y)
    {
        var (centreX, centreY) = ((image.Width - 1) / 2.0, (image.Height - 1) / 2.0);
        var (right, down) = (x - centreX, y - centreY);
        return ((_cosine * right) + (_sine * down) + centreX, (_cosine * down) - (_sine * right) + centreY);
    }

    private static byte Bilinear(ByteImage image, (double X, double Y) source)
    {
        var (left, top) = (Math.Floor(source.X), Math.Floor(source.Y));
        var (x, y) = ((int)left, (int)top);
        var (right, down) = (source.X - left, source.Y - top);
        var upper = At(image, x, y) + (right * (At(image, x + 1, y) - At(image, x, y)));
        var lower = At(image, x, y + 1) + (right * (At(image, x + 1, y + 1) - At(image, x, y + 1)));
        return GreyPerturbations.ToGrey(upper + (down * (lower - upper)));
    }

    private static byte At(ByteImage image, int x, int y) =>
        (uint)x < (uint)image.Width && (uint)y < (uint)image.Height ? image.Pixels[(y * image.Width) + x] : (byte)0;
}
