using OrganSeg.Imaging.Phantoms;
using OrganSeg.Storage;

namespace OrganSeg.Trainer.Quantization;

/// <summary>
/// Makes the vectors by which a quantized model is checked wherever it is loaded: generated phantoms and noise, and what
/// the graph makes of them in floating point. A kernel that saturates is far off; one that does not rounds a few bytes
/// differently.
/// </summary>
internal static class VectorMaker
{
    /// <summary>Greatest relative L2 error of the logits of one vector.</summary>
    public const double Tolerance = 0.05;

    private const int Side = 64;
    private const int Phantoms = 3;
    private const int Stride = 4;
    private const ulong Seed = 8;

    public static IReadOnlyList<QuantizationVector> Make(byte[] quantized, int threads)
    {
        using var session = new OnnxSession(quantized, threads, asWritten: true);
        return
        [
            .. Inputs().Select(grey => new QuantizationVector(
                Side, Side, grey, Stride, QuantizationVector.Keep(session.Logits(grey, Side, Side), Side, Side, Stride))),
        ];
    }

    private static IEnumerable<byte[]> Inputs()
    {
        var generator = new PhantomGenerator(Seed);
        foreach (var slice in generator.Patient(0, Phantoms, Side))
        {
            yield return slice.Image.Pixels;
        }

        // Contrasts of noise reach the largest products, which is where saturation shows first.
        var noise = new byte[Side * Side];
        var state = Seed;
        for (var i = 0; i < noise.Length; i++)
        {
            state = (state * 6364136223846793005) + 1442695040888963407;
            noise[i] = (byte)(state >> 56);
        }

        yield return noise;
    }
}
