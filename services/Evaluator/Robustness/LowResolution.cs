using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Robustness;

/// <summary>
/// A slice as if it had been taken with fewer pixels: averaged over larger ones, and stretched to its size again. The
/// reference stays: the organs are where they were, only harder to see.
/// </summary>
internal static class LowResolution
{
    /// <param name="image">Grey values.</param>
    /// <param name="factor">Sides of the larger pixels in pixels, at least 1; the last one of a row may be smaller.</param>
    public static ByteImage Apply(ByteImage image, double factor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        var width = Math.Max(1, (int)(image.Width / factor));
        var height = Math.Max(1, (int)(image.Height / factor));
        return Stretch(Average(image, width, height), image.Width, image.Height);
    }

    /// <summary>Pixel i averages the source from floor(i · old / new) to ceil((i + 1) · old / new).</summary>
    private static ByteImage Average(ByteImage image, int width, int height)
    {
        var result = new ByteImage(width, height);
        for (var y = 0; y < height; y++)
        {
            var (top, bottom) = Range(y, image.Height, height);
            var to = result.Row(y);
            for (var x = 0; x < width; x++)
            {
                var (left, right) = Range(x, image.Width, width);
                var sum = 0;
                for (var row = top; row < bottom; row++)
                {
                    foreach (var grey in image.Row(row)[left..right])
                    {
                        sum += grey;
                    }
                }

                to[x] = GreyPerturbations.ToGrey((double)sum / ((bottom - top) * (right - left)));
            }
        }

        return result;

        static (int First, int End) Range(int index, int old, int target) =>
            (index * old / target, (((index + 1) * old) + target - 1) / target);
    }

    /// <summary>Bilinear between the centres of the larger pixels; beyond the outermost centres their values go on.</summary>
    private static ByteImage Stretch(ByteImage image, int width, int height)
    {
        var result = new ByteImage(width, height);
        for (var y = 0; y < height; y++)
        {
            var (top, bottom, down) = Between(y, image.Height, height);
            var upper = image.Row(top);
            var lower = image.Row(bottom);
            var to = result.Row(y);
            for (var x = 0; x < width; x++)
            {
                var (left, right, across) = Between(x, image.Width, width);
                var above = upper[left] + (across * (upper[right] - upper[left]));
                var below = lower[left] + (across * (lower[right] - lower[left]));
                to[x] = GreyPerturbations.ToGrey(above + (down * (below - above)));
            }
        }

        return result;

        static (int First, int Second, double Share) Between(int index, int old, int target)
        {
            var position = Math.Clamp(((index + 0.5) * old / target) - 0.5, 0, old - 1);
            var first = (int)position;
            return (first, Math.Min(first + 1, old - 1), position - first);
        }
    }
}
