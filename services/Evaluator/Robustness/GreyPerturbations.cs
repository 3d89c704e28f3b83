using System.Buffers;
using System.Numerics.Tensors;
using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Robustness;

/// <summary>Changes of the grey values; where the organs lie stays as it is.</summary>
internal static class GreyPerturbations
{
    /// <summary>Adds white Gaussian noise, the same deviation everywhere, and clips to 0…255.</summary>
    /// <param name="image">Grey values.</param>
    /// <param name="deviation">Standard deviation, grey levels.</param>
    /// <param name="seed">Of the slice.</param>
    public static ByteImage AddNoise(ByteImage image, double deviation, ulong seed)
    {
        var rented = ArrayPool<float>.Shared.Rent(image.Pixels.Length);
        try
        {
            var noise = rented.AsSpan(0, image.Pixels.Length);
            new NoiseRandom(seed).FillNormal(noise);
            var result = new ByteImage(image.Width, image.Height);
            var from = image.Pixels.AsSpan();
            var to = result.Pixels.AsSpan();
            for (var i = 0; i < to.Length; i++)
            {
                to[i] = ToGrey(from[i] + (deviation * noise[i]));
            }

            return result;
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    /// <summary>
    /// Adds an offset, as a scanner with another calibration would. Grey 0 and 255 stand for everything beyond the window,
    /// mostly air and bone, which a few Hounsfield units do not bring into it: these pixels keep their value.
    /// </summary>
    /// <param name="image">Grey values.</param>
    /// <param name="offset">Grey levels, either sign.</param>
    public static ByteImage Shift(ByteImage image, double offset)
    {
        Span<byte> shifted = stackalloc byte[256];
        for (var grey = 1; grey < byte.MaxValue; grey++)
        {
            shifted[grey] = ToGrey(grey + offset);
        }

        shifted[0] = 0;
        shifted[byte.MaxValue] = byte.MaxValue;
        var result = new ByteImage(image.Width, image.Height);
        var from = image.Pixels.AsSpan();
        var to = result.Pixels.AsSpan();
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = shifted[from[i]];
        }

        return result;
    }

    /// <summary>Convolves with a Gaussian, as a softer reconstruction kernel or a moving patient would.</summary>
    /// <param name="image">Grey values.</param>
    /// <param name="deviation">Standard deviation, pixels; above 0.</param>
    public static ByteImage Blur(ByteImage image, double deviation)
    {
        var kernel = new GaussianKernel(deviation);
        var count = image.Pixels.Length;
        var rented = ArrayPool<float>.Shared.Rent(2 * count);
        try
        {
            var sharp = rented.AsSpan(0, count);
            var soft = rented.AsSpan(count, count);
            TensorPrimitives.ConvertTruncating<byte, float>(image.Pixels, sharp);
            kernel.AlongRows(sharp, soft, image.Width);
            kernel.AlongColumns(soft, sharp, image.Width);
            var result = new ByteImage(image.Width, image.Height);
            var to = result.Pixels.AsSpan();
            for (var i = 0; i < to.Length; i++)
            {
                to[i] = ToGrey(sharp[i]);
            }

            return result;
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    /// <summary>The nearest grey value.</summary>
    internal static byte ToGrey(double value) => (byte)(Math.Clamp(value, 0, byte.MaxValue) + 0.5);
}
