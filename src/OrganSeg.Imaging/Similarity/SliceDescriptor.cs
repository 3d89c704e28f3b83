using System.Numerics.Tensors;

namespace OrganSeg.Imaging.Similarity;

/// <summary>
/// A slice in 1024 numbers: means over a grid of 32 × 32 cells, less their mean, scaled to length 1. The inner product of two is
/// the correlation of the grids, which a change of brightness or contrast leaves as it is.
/// </summary>
public static class SliceDescriptor
{
    /// <summary>Cells of a row, and of a column.</summary>
    public const int Side = 32;

    /// <summary>Numbers of a descriptor.</summary>
    public const int Length = Side * Side;

    /// <summary>Standard deviation of the cells, in grey levels, below which a slice shows nothing to be compared.</summary>
    public const float LeastSpread = 4;

    /// <summary>Describes a slice.</summary>
    /// <param name="image">Grey values, of any size.</param>
    /// <param name="descriptor">Gets <see cref="Length"/> numbers, row by row.</param>
    /// <returns>False when the slice shows nothing; the descriptor means nothing then.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The descriptor has another length.</exception>
    public static bool TryDescribe(ByteImage image, Span<float> descriptor)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfNotEqual(descriptor.Length, Length);
        Span<int> lines = stackalloc int[Side];
        for (var y = 0; y < Side; y++)
        {
            var (top, bottom) = Cell(y, image.Height);
            lines.Clear();
            for (var line = top; line < bottom; line++)
            {
                AddLine(image.Row(line), lines);
            }

            for (var x = 0; x < Side; x++)
            {
                var (left, right) = Cell(x, image.Width);
                descriptor[(y * Side) + x] = (float)lines[x] / ((bottom - top) * (right - left));
            }
        }

        TensorPrimitives.Subtract(descriptor, TensorPrimitives.Sum<float>(descriptor) / Length, descriptor);
        var norm = TensorPrimitives.Norm<float>(descriptor);
        if (norm < LeastSpread * Side)
        {
            return false;
        }

        TensorPrimitives.Divide(descriptor, norm, descriptor);
        return true;
    }

    private static void AddLine(ReadOnlySpan<byte> pixels, Span<int> cells)
    {
        for (var x = 0; x < Side; x++)
        {
            var (left, right) = Cell(x, pixels.Length);
            var sum = 0;
            foreach (var pixel in pixels[left..right])
            {
                sum += pixel;
            }

            cells[x] += sum;
        }
    }

    // Images smaller than the grid repeat pixels in neighbouring cells.
    private static (int From, int To) Cell(int index, int pixels)
    {
        var from = index * pixels / Side;
        return (from, Math.Max(from + 1, (index + 1) * pixels / Side));
    }
}
