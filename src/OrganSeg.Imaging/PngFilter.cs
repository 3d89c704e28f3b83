using System.Numerics;
using System.Numerics.Tensors;

namespace OrganSeg.Imaging;

/// <summary>The five row filters of PNG (section 9), undone when reading and applied when writing.</summary>
internal static class PngFilter
{
    public const byte None = 0;
    public const byte Sub = 1;
    public const byte Up = 2;
    public const byte Average = 3;
    public const byte Paeth = 4;

    /// <summary>Restores a row in place.</summary>
    /// <param name="filter">The row's filter byte.</param>
    /// <param name="row">Filtered bytes in, restored bytes out.</param>
    /// <param name="above">The restored row above, zeros above the first.</param>
    /// <param name="distance">Bytes from a sample to the same sample of the pixel on its left.</param>
    /// <returns>False when there is no such filter.</returns>
    public static bool Undo(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int distance)
    {
        above = above[..row.Length];
        switch (filter)
        {
            case None:
                return true;
            case Sub:
                for (var i = distance; i < row.Length; i++)
                {
                    row[i] += row[i - distance];
                }

                return true;
            case Up:
                for (var i = 0; i < row.Length; i++)
                {
                    row[i] += above[i];
                }

                return true;
            case Average:
                for (var i = 0; i < row.Length; i++)
                {
                    var left = i < distance ? 0 : row[i - distance];
                    row[i] += (byte)((left + above[i]) / 2);
                }

                return true;
            case Paeth:
                for (var i = 0; i < row.Length; i++)
                {
                    row[i] += i < distance
                        ? above[i]
                        : Predict(row[i - distance], above[i], above[i - distance]);
                }

                return true;
            default:
                return false;
        }
    }

    /// <summary>Filters a row of one byte a pixel into <paramref name="target"/>.</summary>
    public static void Apply(byte filter, ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, Span<byte> target)
    {
        above = above[..row.Length];
        target = target[..row.Length];
        switch (filter)
        {
            case None:
                row.CopyTo(target);
                break;
            case Sub:
                // Left of the first pixel, and above it, all is zero.
                target[0] = row[0];
                TensorPrimitives.Subtract(row[1..], row[..^1], target[1..]);
                break;
            case Up:
                TensorPrimitives.Subtract(row, above, target);
                break;
            case Average:
                target[0] = (byte)(row[0] - (above[0] / 2));
                for (var i = 1; i < row.Length; i++)
                {
                    target[i] = (byte)(row[i] - ((row[i - 1] + above[i]) / 2));
                }

                break;
            case Paeth:
                ApplyPaeth(row, above, target);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(filter), filter, "PNG has filters 0 to 4.");
        }
    }

    private static void ApplyPaeth(ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, Span<byte> target)
    {
        // With zeros on the left the prediction is what is above.
        target[0] = (byte)(row[0] - above[0]);
        var i = 1;
        for (; i + Vector<byte>.Count <= row.Length; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(row[(i - 1)..]), out var leftLow, out var leftHigh);
            Vector.Widen(new Vector<byte>(above[i..]), out var aboveLow, out var aboveHigh);
            Vector.Widen(new Vector<byte>(above[(i - 1)..]), out var aboveLeftLow, out var aboveLeftHigh);
            var predicted = Vector.Narrow(Predict(leftLow, aboveLow, aboveLeftLow), Predict(leftHigh, aboveHigh, aboveLeftHigh));
            (new Vector<byte>(row[i..]) - predicted).CopyTo(target[i..]);
        }

        for (; i < row.Length; i++)
        {
            target[i] = (byte)(row[i] - Predict(row[i - 1], above[i], above[i - 1]));
        }
    }

    private static Vector<ushort> Predict(Vector<ushort> left, Vector<ushort> above, Vector<ushort> aboveLeft)
    {
        var (a, b, c) = (Vector.AsVectorInt16(left), Vector.AsVectorInt16(above), Vector.AsVectorInt16(aboveLeft));
        var (toLeft, toAbove, toAboveLeft) = (Vector.Abs(b - c), Vector.Abs(a - c), Vector.Abs(a + b - c - c));
        var other = Vector.ConditionalSelect(Vector.LessThanOrEqual(toAbove, toAboveLeft), b, c);
        return Vector.AsVectorUInt16(Vector.ConditionalSelect(Vector.LessThanOrEqual(toLeft, Vector.Min(toAbove, toAboveLeft)), a, other));
    }

    // The neighbour nearest to left + above − aboveLeft; ties go to the left, then to the one above.
    private static byte Predict(byte left, byte above, byte aboveLeft)
    {
        var toLeft = Math.Abs(above - aboveLeft);
        var toAbove = Math.Abs(left - aboveLeft);
        var toAboveLeft = Math.Abs(left + above - 2 * aboveLeft);
        return toLeft <= toAbove && toLeft <= toAboveLeft ? left
            : toAbove <= toAboveLeft ? above
            : aboveLeft;
    }
}
