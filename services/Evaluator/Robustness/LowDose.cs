using System.Buffers;
using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Robustness;

/// <summary>
/// What a slice would roughly look like at less dose, made from the finished 8-bit slice: the raw data that a faithful
/// simulation starts from (Žabić et al., Medical Physics 40, 031102, 2013) are not in a dataset.
/// <list type="number">
/// <item>X-ray quanta are Poisson distributed, so the variance of a reconstructed pixel is inverse to the dose (Brooks and
/// Di Chiro, Medical Physics 3, 237, 1976). A scan at 1/k of the dose therefore has the noise of the given one, taken as
/// <see cref="FullDoseDeviationHu"/>, plus independent noise of variance (k − 1) times that. With that many quanta Poisson
/// and normal distribution are the same.</item>
/// <item>The variance of a measured line integral p is proportional to exp(p): few quanta arrive behind much tissue, which
/// gives the streaks along the longest way through the body, left to right (Barrett and Keat, RadioGraphics 24, 1679, 2004).
/// Half of the variance is spread evenly and half over the rows in proportion to exp(p) of the row.</item>
/// <item>Reconstructed noise is not white: it is smoothed along the rows more than across them.</item>
/// </list>
/// The model is a stress, not a dosimeter: it has no spacing (a slice counts as <see cref="FieldOfViewMm"/> wide), one angle
/// and no reconstruction kernel.
/// </summary>
internal static class LowDose
{
    /// <summary>Noise that the given slices are taken to have: an abdominal scan at full dose, some 10 to 15 HU.</summary>
    public const double FullDoseDeviationHu = 12;

    /// <summary>Width of a slice, millimetres.</summary>
    public const double FieldOfViewMm = 400;

    // Water at 60 to 70 keV, as in LoDoPaB-CT (Leuschner et al., Scientific Data 8, 109, 2021): 20 per metre.
    private const double WaterPerMm = 0.02;

    private static readonly GaussianKernel Along = new(1.5);
    private static readonly GaussianKernel Across = new(0.5);

    /// <summary>
    /// Adds the noise. Pixels of grey 0 and 255 are far beyond the window for the most part, where no noise is seen: they
    /// keep their value.
    /// </summary>
    /// <param name="image">Grey values.</param>
    /// <param name="reduction">Given dose divided by the dose simulated, at least 1.</param>
    /// <param name="window">What the grey values stand for.</param>
    /// <param name="seed">Of the slice.</param>
    public static ByteImage Apply(ByteImage image, double reduction, GreyWindow window, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(reduction, 1);
        var deviation = FullDoseDeviationHu * window.GreyPerHu * Math.Sqrt(reduction - 1)
            / Math.Sqrt(Along.NoiseVariance * Across.NoiseVariance);
        var rows = RowFactors(image, window);
        var count = image.Pixels.Length;
        var rented = ArrayPool<float>.Shared.Rent(2 * count);
        try
        {
            var noise = rented.AsSpan(0, count);
            var smooth = rented.AsSpan(count, count);
            new NoiseRandom(seed).FillNormal(noise);
            Along.AlongRows(noise, smooth, image.Width);
            Across.AlongColumns(smooth, noise, image.Width);
            var result = new ByteImage(image.Width, image.Height);
            for (var y = 0; y < image.Height; y++)
            {
                Add(image.Row(y), noise.Slice(y * image.Width, image.Width), deviation * rows[y], result.Row(y));
            }

            return result;
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    /// <summary>
    /// How much louder the noise of each row is than on average: √(½ + ½ exp(p)/mean exp(p)), whose squares have mean 1.
    /// </summary>
    internal static double[] RowFactors(ByteImage image, GreyWindow window)
    {
        var pixelMm = FieldOfViewMm / image.Width;
        var factors = new double[image.Height];
        for (var y = 0; y < factors.Length; y++)
        {
            var path = 0.0;
            foreach (var grey in image.Row(y))
            {
                // Below the window is air, which absorbs nothing to speak of.
                path += grey == 0 ? 0 : 1 + ((window.LowHu + (grey / window.GreyPerHu)) / 1000);
            }

            factors[y] = Math.Exp(WaterPerMm * pixelMm * path);
        }

        var mean = factors.Average();
        return Array.ConvertAll(factors, factor => Math.Sqrt(0.5 + (0.5 * factor / mean)));
    }

    private static void Add(ReadOnlySpan<byte> from, ReadOnlySpan<float> noise, double deviation, Span<byte> to)
    {
        for (var x = 0; x < to.Length; x++)
        {
            to[x] = from[x] is 0 or byte.MaxValue ? from[x] : GreyPerturbations.ToGrey(from[x] + (deviation * noise[x]));
        }
    }
}
