using System.Buffers;
using OrganSeg.Imaging;

namespace OrganSeg.Ingest.Quality;

/// <summary>The body of a patient in a slice: everything that the air around does not reach from the border.</summary>
internal static class BodyMask
{
    /// <summary>Grey value up to which a pixel is air: with a window of −125…275 HU, −112 HU.</summary>
    private const byte Air = 8;

    /// <summary>Finds the body.</summary>
    /// <param name="image">Grey values [height, width].</param>
    /// <param name="outside">Gets true for each pixel of the air around, row by row; air within the body is body.</param>
    public static void FindOutside(ByteImage image, Span<bool> outside)
    {
        outside = outside[..image.Pixels.Length];
        outside.Clear();
        var stack = ArrayPool<int>.Shared.Rent(image.Pixels.Length);
        try
        {
            var (width, height, filled) = (image.Width, image.Height, 0);
            for (var x = 0; x < width; x++)
            {
                Reach(x, outside);
                Reach(((height - 1) * width) + x, outside);
            }

            for (var y = 0; y < height; y++)
            {
                Reach(y * width, outside);
                Reach((y * width) + width - 1, outside);
            }

            while (filled > 0)
            {
                var at = stack[--filled];
                var x = at % width;
                if (x > 0)
                {
                    Reach(at - 1, outside);
                }

                if (x < width - 1)
                {
                    Reach(at + 1, outside);
                }

                if (at >= width)
                {
                    Reach(at - width, outside);
                }

                if (at < image.Pixels.Length - width)
                {
                    Reach(at + width, outside);
                }
            }

            void Reach(int at, Span<bool> reached)
            {
                if (image.Pixels[at] <= Air && !reached[at])
                {
                    reached[at] = true;
                    stack[filled++] = at;
                }
            }
        }
        finally
        {
            ArrayPool<int>.Shared.Return(stack);
        }
    }
}
