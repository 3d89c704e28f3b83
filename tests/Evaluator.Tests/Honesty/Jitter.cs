using OrganSeg.Imaging;
using SkiaSharp;

namespace OrganSeg.Evaluator.Tests.Honesty;

/// <summary>What becomes of a slice that is imported again by another way.</summary>
internal static class Jitter
{
    /// <summary>Up to two grey levels of noise, on each pixel by itself.</summary>
    public static ByteImage Noise(ByteImage image, int seed)
    {
        var random = new Random(seed);
        return new ByteImage(
            image.Width, image.Height, Array.ConvertAll(image.Pixels, grey => (byte)Math.Clamp(grey + random.Next(-2, 3), 0, 255)));
    }

    /// <summary>Moved, with the border repeated.</summary>
    public static ByteImage Shift(ByteImage image, int dx, int dy)
    {
        var shifted = new ByteImage(image.Width, image.Height);
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++)
            {
                shifted.Row(y)[x] = image.Row(Math.Clamp(y - dy, 0, image.Height - 1))[Math.Clamp(x - dx, 0, image.Width - 1)];
            }
        }

        return shifted;
    }

    /// <summary>The window of −125…275 HU replaced by another.</summary>
    public static ByteImage Window(ByteImage image, double low, double high) => new(
        image.Width,
        image.Height,
        Array.ConvertAll(image.Pixels, grey => (byte)Math.Clamp(Math.Round(((grey * 400.0 / 255) - 125 - low) * 255 / (high - low)), 0, 255)));

    /// <summary>Compressed as JPEG and back.</summary>
    public static ByteImage Jpeg(ByteImage image, int quality)
    {
        var information = new SKImageInfo(image.Width, image.Height, SKColorType.Gray8, SKAlphaType.Opaque);
        using var bitmap = new SKBitmap(information);
        image.Pixels.CopyTo(bitmap.GetPixelSpan());
        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, quality);
        using var back = SKBitmap.Decode(data, information);
        return new ByteImage(image.Width, image.Height, back.GetPixelSpan().ToArray());
    }
}
