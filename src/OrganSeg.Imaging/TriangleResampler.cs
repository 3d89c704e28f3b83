using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace OrganSeg.Imaging;

/// <summary>
/// Separable resize of 8-bit images with a triangle filter that is as wide as the reduction (and one pixel wide when
/// enlarging), in the arithmetic of Pillow's BILINEAR, bit for bit: normalised weights rounded to 22 fractional bits,
/// a horizontal pass into 8 bits, then a vertical one.
/// </summary>
internal static class TriangleResampler
{
    private const int FractionBits = 22;
    private const int Half = 1 << (FractionBits - 1);
    private const int Block = 16;

    public static void Resize(ReadOnlySpan<byte> source, int width, int height, ByteImage target)
    {
        var rented = ArrayPool<byte>.Shared.Rent(target.Width * height);
        try
        {
            var middle = rented.AsSpan(0, target.Width * height);
            Horizontal(source, width, height, middle, target.Width);
            Vertical(middle, target.Width, height, target.Pixels, target.Height);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>The vertical pass of the transposed image: there whole rows are summed at once, which costs less than the way there
    /// and back.</summary>
    private static void Horizontal(ReadOnlySpan<byte> source, int width, int height, Span<byte> target, int newWidth)
    {
        if (width == newWidth)
        {
            source[..target.Length].CopyTo(target);
            return;
        }

        var rented = ArrayPool<byte>.Shared.Rent((width + newWidth) * height);
        try
        {
            var turned = rented.AsSpan(0, width * height);
            var resized = rented.AsSpan(turned.Length, newWidth * height);
            Transpose(source, width, height, turned);
            Vertical(turned, height, width, resized, newWidth);
            Transpose(resized, height, newWidth, target);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Block by block, so that what is read and what is written stays in the cache.</summary>
    private static void Transpose(ReadOnlySpan<byte> source, int width, int height, Span<byte> target)
    {
        for (var top = 0; top < height; top += Block)
        {
            for (var left = 0; left < width; left += Block)
            {
                var (bottom, right) = (Math.Min(top + Block, height), Math.Min(left + Block, width));
                for (var y = top; y < bottom; y++)
                {
                    var row = source.Slice(y * width, width);
                    for (var x = left; x < right; x++)
                    {
                        target[(x * height) + y] = row[x];
                    }
                }
            }
        }
    }

    private static void Vertical(ReadOnlySpan<byte> source, int width, int height, Span<byte> target, int newHeight)
    {
        if (height == newHeight)
        {
            source.CopyTo(target);
            return;
        }

        var taps = Taps.Of(height, newHeight);
        var rented = ArrayPool<int>.Shared.Rent(width);
        try
        {
            var sums = rented.AsSpan(0, width);
            for (var y = 0; y < newHeight; y++)
            {
                var weights = taps.WeightsOf(y);
                sums.Fill(Half);
                for (var i = 0; i < weights.Length; i++)
                {
                    AddScaled(sums, source.Slice((taps.Starts[y] + i) * width, width), weights[i]);
                }

                var to = target.Slice(y * width, width);
                for (var x = 0; x < to.Length; x++)
                {
                    to[x] = ToByte(sums[x]);
                }
            }
        }
        finally
        {
            ArrayPool<int>.Shared.Return(rented);
        }
    }

    // Integer sums do not depend on their order, so this may run as wide as the processor can.
    private static void AddScaled(Span<int> sums, ReadOnlySpan<byte> pixels, int weight)
    {
        var x = 0;
        var bytes = MemoryMarshal.Cast<byte, Vector<byte>>(pixels);
        var scale = new Vector<int>(weight);
        foreach (var block in bytes)
        {
            Vector.Widen(block, out var low, out var high);
            Vector.Widen(low, out var a, out var b);
            Vector.Widen(high, out var c, out var d);
            Add(sums, x, Vector.AsVectorInt32(a) * scale);
            Add(sums, x + Vector<int>.Count, Vector.AsVectorInt32(b) * scale);
            Add(sums, x + 2 * Vector<int>.Count, Vector.AsVectorInt32(c) * scale);
            Add(sums, x + 3 * Vector<int>.Count, Vector.AsVectorInt32(d) * scale);
            x += Vector<byte>.Count;
        }

        for (; x < pixels.Length; x++)
        {
            sums[x] += pixels[x] * weight;
        }

        static void Add(Span<int> sums, int at, Vector<int> value)
        {
            var part = sums[at..];
            (new Vector<int>(part) + value).CopyTo(part);
        }
    }

    private static byte ToByte(int sum) => (byte)Math.Clamp(sum >> FractionBits, 0, byte.MaxValue);

    /// <summary>For each new pixel, the first old pixel it sees and the weights from there on.</summary>
    private sealed class Taps(int[] starts, int[] counts, int[] weights, int stride)
    {
        public int[] Starts { get; } = starts;

        public ReadOnlySpan<int> WeightsOf(int i) => weights.AsSpan(i * stride, counts[i]);

        public static Taps Of(int from, int to)
        {
            var scale = (double)from / to;
            var support = Math.Max(scale, 1);
            var stride = (int)Math.Ceiling(support) * 2 + 1;
            var starts = new int[to];
            var counts = new int[to];
            var weights = new int[to * stride];
            Span<double> exact = stride <= 256 ? stackalloc double[stride] : new double[stride];
            for (var i = 0; i < to; i++)
            {
                var centre = (i + 0.5) * scale;
                var start = Math.Max((int)(centre - support + 0.5), 0);
                var count = Math.Min((int)(centre + support + 0.5), from) - start;
                var sum = 0.0;
                for (var k = 0; k < count; k++)
                {
                    var distance = Math.Abs((start + k - centre + 0.5) * (1 / support));
                    exact[k] = Math.Max(1 - distance, 0);
                    sum += exact[k];
                }

                for (var k = 0; k < count; k++)
                {
                    weights[i * stride + k] = (int)(0.5 + exact[k] / sum * (1 << FractionBits));
                }

                starts[i] = start;
                counts[i] = count;
            }

            return new Taps(starts, counts, weights, stride);
        }
    }
}
