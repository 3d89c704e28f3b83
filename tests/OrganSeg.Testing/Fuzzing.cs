using System.Diagnostics;
using System.Globalization;

namespace OrganSeg.Testing;

/// <summary>
/// Gives a reader many damaged files: it takes each, or refuses it as invalid by name, within time and memory. ORGANSEG_FUZZ
/// is the number of files where it is set.
/// </summary>
public static class Fuzzing
{
    /// <summary>What a reader must call the file in its errors.</summary>
    public const string File = "upload.bin";

    private const int Usual = 100_000;
    private const long MostAllocated = 64 << 20;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private static int Inputs =>
        int.TryParse(Environment.GetEnvironmentVariable("ORGANSEG_FUZZ"), NumberStyles.None, CultureInfo.InvariantCulture, out var set) ? set : Usual;

    /// <summary>Runs a reader over the files.</summary>
    /// <param name="seed">Decides them all.</param>
    /// <param name="make">Makes one.</param>
    /// <param name="read">Reads one, and gives the bytes that it declared truly, which memory may be four times as much as.</param>
    /// <param name="mayLackDecoder">Whether a file may ask for a decoder that is not installed.</param>
    /// <returns>The part of the files that was taken, 0…1.</returns>
    public static async Task<double> RunAsync(
        int seed, Func<Random, byte[]> make, Func<byte[], Task<long>> read, bool mayLackDecoder = false)
    {
        var random = new Random(seed);
        var taken = 0;
        var inputs = Inputs;
        for (var i = 0; i < inputs; i++)
        {
            var file = make(random);
            var started = Stopwatch.GetTimestamp();
            var thread = Environment.CurrentManagedThreadId;
            var before = GC.GetAllocatedBytesForCurrentThread();
            long declared = 0;
            Exception? failure = null;
            try
            {
                declared = await read(file);
                taken++;
            }
            catch (Exception error)
            {
                failure = error;
            }

            // A reader that went on elsewhere has left its sum there.
            var allocated = Environment.CurrentManagedThreadId == thread ? GC.GetAllocatedBytesForCurrentThread() - before : 0;
            var what = $"Input {i} of seed {seed}, {file.Length} bytes";
            Assert.True(
                failure is null
                    || (failure is OrganSegException { Kind: ErrorKind.Invalid } && failure.Message.Contains(File, StringComparison.Ordinal))
                    || (mayLackDecoder && failure is OrganSegException { Kind: ErrorKind.NotReady }),
                $"{what}: {failure}\n{Shown(file)}");
            Assert.True(allocated <= Math.Max(MostAllocated, 4 * declared), $"{what}, allocated {allocated}\n{Shown(file)}");
            var elapsed = Stopwatch.GetElapsedTime(started);
            Assert.True(elapsed < Longest, $"{what}, took {elapsed}\n{Shown(file)}");
        }

        return (double)taken / inputs;
    }

    private static string Shown(byte[] file) => Convert.ToBase64String(file.AsSpan(0, Math.Min(file.Length, 8192)));
}
