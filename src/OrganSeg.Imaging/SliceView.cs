namespace OrganSeg.Imaging;

/// <summary>
/// A square slice seen turned and zoomed about its centre, and what a network finds in that view brought back. Never
/// mirrored: the liver is on one side.
/// </summary>
/// <param name="Degrees">By how much the view is turned.</param>
/// <param name="Zoom">How much larger the view shows everything; above 1 the border is cut off.</param>
public readonly record struct SliceView(double Degrees, double Zoom)
{
    /// <summary>The slice itself.</summary>
    public static SliceView Identity => new(0, 1);

    private bool IsIdentity => Degrees == 0 && Zoom == 1;

    /// <summary>The view, by bilinear sampling; what lies outside of the slice is black.</summary>
    /// <param name="slice">[S, S].</param>
    /// <returns>[S, S]; <paramref name="slice"/> itself for <see cref="Identity"/>.</returns>
    /// <exception cref="ArgumentException">The slice is not square.</exception>
    public ByteImage Show(ByteImage slice)
    {
        ArgumentNullException.ThrowIfNull(slice);
        if (slice.Width != slice.Height)
        {
            throw new ArgumentException($"{slice.Width}×{slice.Height} is not square.", nameof(slice));
        }

        if (IsIdentity)
        {
            return slice;
        }

        var view = new ByteImage(slice.Width, slice.Height);
        var walk = new Walk(slice.Width, Degrees, 1 / Zoom);
        for (var y = 0; y < view.Height; y++)
        {
            var row = view.Row(y);
            for (var x = 0; x < row.Length; x++)
            {
                if (walk.TryFind(x, y, out var place))
                {
                    row[x] = (byte)MathF.Round(place.Of(slice.Pixels));
                }
            }
        }

        return view;
    }

    /// <summary>Adds class probabilities of this view to a sum in the slice's own frame, where the view shows it.</summary>
    /// <param name="probabilities">[C, S, S], of the view.</param>
    /// <param name="size">S.</param>
    /// <param name="sum">[C, S, S].</param>
    /// <param name="count">[S, S]: views added at each pixel.</param>
    public void AddBack(ReadOnlySpan<float> probabilities, int size, Span<float> sum, Span<float> count)
    {
        var pixels = size * size;
        var walk = new Walk(size, -Degrees, Zoom);
        for (var y = 0; y < size; y++)
        {
            for (var x = 0; x < size; x++)
            {
                if (!walk.TryFind(x, y, out var place))
                {
                    continue;
                }

                var pixel = (y * size) + x;
                count[pixel]++;
                for (var plane = 0; plane < sum.Length; plane += pixels)
                {
                    sum[plane + pixel] += place.Of(probabilities.Slice(plane, pixels));
                }
            }
        }
    }

    /// <summary>Where pixels of one frame lie in the other.</summary>
    private readonly struct Walk(int size, double degrees, double scale)
    {
        private readonly double _centre = (size - 1) / 2.0;
        private readonly double _cosine = Math.Cos(degrees * Math.PI / 180) * scale;
        private readonly double _sine = Math.Sin(degrees * Math.PI / 180) * scale;

        public bool TryFind(int x, int y, out Place place)
        {
            var (right, down) = (x - _centre, y - _centre);
            var column = _centre + (_cosine * right) - (_sine * down);
            var row = _centre + (_sine * right) + (_cosine * down);
            // What rounding puts just beyond the outermost pixels is on them.
            const double Slack = 1e-6;
            if (!(Math.Min(column, row) >= -Slack && Math.Max(column, row) <= size - 1 + Slack))
            {
                place = default;
                return false;
            }

            (column, row) = (Math.Max(column, 0), Math.Max(row, 0));
            var (left, top) = (Math.Min((int)column, size - 2), Math.Min((int)row, size - 2));
            place = new Place((top * size) + left, size, (float)(column - left), (float)(row - top));
            return true;
        }
    }

    /// <summary>A point between four pixels.</summary>
    private readonly struct Place(int topLeft, int width, float right, float down)
    {
        public float Of(ReadOnlySpan<byte> plane) =>
            Blend(plane[topLeft], plane[topLeft + 1], plane[topLeft + width], plane[topLeft + width + 1]);

        public float Of(ReadOnlySpan<float> plane) =>
            Blend(plane[topLeft], plane[topLeft + 1], plane[topLeft + width], plane[topLeft + width + 1]);

        private float Blend(float topLeftValue, float topRight, float bottomLeft, float bottomRight)
        {
            var top = topLeftValue + ((topRight - topLeftValue) * right);
            var bottom = bottomLeft + ((bottomRight - bottomLeft) * right);
            return top + ((bottom - top) * down);
        }
    }
}
