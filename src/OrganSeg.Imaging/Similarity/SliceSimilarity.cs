using System.Numerics.Tensors;

namespace OrganSeg.Imaging.Similarity;

/// <summary>How alike two slices are at full size.</summary>
public static class SliceSimilarity
{
    /// <summary>Size in pixels from which slices show so much that those of two patients stay far apart.</summary>
    private const int DetailedSize = 96;

    private const double Detailed = 0.96;
    private const double Coarse = 0.98;

    /// <summary>Pixels by which one slice may be shifted against the other, in each direction.</summary>
    private const int MaxShift = 1;

    /// <summary>
    /// Similarity from which two slices count as nearly equal; docs/evaluation.md says where it is from. Below 96 pixels little
    /// detail is left to differ, so that more is asked for.
    /// </summary>
    /// <param name="size">Side of the slices in pixels.</param>
    public static double Threshold(int size) => size < DetailedSize ? Coarse : Detailed;

    /// <summary>
    /// The greatest normalised correlation of the grey values, −1…1, of all shifts by up to a pixel; 0 where one of them is of
    /// one grey value only. Brightness and contrast do not change it.
    /// </summary>
    /// <param name="first">A slice.</param>
    /// <param name="second">Another of its size.</param>
    /// <exception cref="ArgumentException">The sizes differ, or the images are too small to be shifted.</exception>
    public static double Of(ByteImage first, ByteImage second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Width != second.Width || first.Height != second.Height || Math.Min(first.Width, first.Height) <= 2 * MaxShift)
        {
            throw new ArgumentException("Slices must have one size, and more pixels than they are shifted by.", nameof(second));
        }

        var (left, right) = (Centred(first), Centred(second));
        var best = double.NegativeInfinity;
        for (var dy = -MaxShift; dy <= MaxShift; dy++)
        {
            for (var dx = -MaxShift; dx <= MaxShift; dx++)
            {
                best = Math.Max(best, Shifted(left, right, first.Width, dx, dy));
            }
        }

        return best;
    }

    // Centring first keeps the sums of single precision small; what the overlap's mean is off by is taken out below.
    private static float[] Centred(ByteImage image)
    {
        var values = new float[image.Pixels.Length];
        TensorPrimitives.ConvertTruncating<byte, float>(image.Pixels, values);
        TensorPrimitives.Subtract(values, TensorPrimitives.Sum<float>(values) / values.Length, values);
        return values;
    }

    private static double Shifted(ReadOnlySpan<float> left, ReadOnlySpan<float> right, int width, int dx, int dy)
    {
        var height = left.Length / width;
        var (rows, columns) = (height - Math.Abs(dy), width - Math.Abs(dx));
        double sumLeft = 0, sumRight = 0, squaresLeft = 0, squaresRight = 0, products = 0;
        for (var row = 0; row < rows; row++)
        {
            var a = left.Slice(((row + Math.Max(0, dy)) * width) + Math.Max(0, dx), columns);
            var b = right.Slice(((row + Math.Max(0, -dy)) * width) + Math.Max(0, -dx), columns);
            sumLeft += TensorPrimitives.Sum(a);
            sumRight += TensorPrimitives.Sum(b);
            squaresLeft += TensorPrimitives.SumOfSquares(a);
            squaresRight += TensorPrimitives.SumOfSquares(b);
            products += TensorPrimitives.Dot(a, b);
        }

        var pixels = (double)rows * columns;
        var spread = (squaresLeft - (sumLeft * sumLeft / pixels)) * (squaresRight - (sumRight * sumRight / pixels));
        return spread <= 0 ? 0 : Math.Clamp((products - (sumLeft * sumRight / pixels)) / Math.Sqrt(spread), -1, 1);
    }
}
