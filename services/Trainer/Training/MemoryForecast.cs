using System.Runtime.InteropServices;
using OrganSeg.Trainer.Specifications;
using OrganSeg.Trainer.Watching;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Training;

/// <summary>
/// What a run will need of the processor's memory, seen in steps of two and of four slices with a network that is thrown away
/// afterwards: kernels take scratch memory of their own, which no count of weights and activations shows.
/// </summary>
/// <param name="Fixed">What does not depend on the batch: the program, slices, weights, gradients, moments, a checkpoint; bytes.</param>
/// <param name="PerSlice">What each slice of a batch adds; bytes.</param>
internal sealed record MemoryForecast(long Fixed, long PerSlice)
{
    // A batch norm after a global pooling has no variance with one slice alone.
    private const int Few = 2;
    private const int More = 4;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(2);

    /// <summary>Bytes with batches of a size.</summary>
    public long With(int batchSize) => Fixed + (PerSlice * batchSize);

    /// <summary>The largest batch that a limit has room for; 0 when it has none for any.</summary>
    public int Largest(long limit) => (int)Math.Clamp((limit - Fixed) / Math.Max(1, PerSlice), 0, int.MaxValue);

    /// <summary>Says so when a run does not fit.</summary>
    /// <param name="batchSize">Slices in a batch.</param>
    /// <param name="limit">Bytes that the process may have.</param>
    /// <exception cref="OrganSegException">Invalid: the batch is too large.</exception>
    public void Require(int batchSize, long limit)
    {
        if (With(batchSize) > limit)
        {
            throw OrganSegException.Invalid(
                "settings.batchSize",
                $"batches of {batchSize} slices need {Gibibytes(With(batchSize))} of memory, and this Trainer may have {Gibibytes(limit)}; {Advice(limit)}");
        }
    }

    /// <summary>What libtorch says when there is no memory left, as the error it is; null when it says something else.</summary>
    /// <param name="error">What a step threw.</param>
    /// <param name="batchSize">Slices in its batch.</param>
    /// <param name="forecast">What is known of the run's need, where something is.</param>
    /// <param name="limit">Bytes that the process may have.</param>
    public static OrganSegException? OutOfMemory(Exception error, int batchSize, MemoryForecast? forecast, long limit)
    {
        if (!error.Message.Contains("not enough memory", StringComparison.OrdinalIgnoreCase)
            && !error.Message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase)
            && !error.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var advice = forecast is not null && forecast.Largest(limit) < batchSize
            ? forecast.Advice(limit)
            : batchSize > 1 ? $"{batchSize / 2} may fit, or choose a smaller width" : "choose a smaller width";
        return OrganSegException.Invalid("settings.batchSize", $"a step with {batchSize} slices ran out of memory; {advice}");
    }

    /// <summary>
    /// Bytes that this process may have: what the system or the container has left now, and what it holds already.
    /// </summary>
    /// <param name="configured">Bytes that the configuration allows; 0 for all there are.</param>
    public static long Limit(long configured)
    {
        // What is in use is as of the latest collection.
        GC.Collect();
        var info = GC.GetGCMemoryInfo();
        var free = Math.Max(0, info.TotalAvailableMemoryBytes - info.MemoryLoadBytes) + Environment.WorkingSet;
        return configured > 0 ? Math.Min(configured, info.TotalAvailableMemoryBytes) : free;
    }

    /// <summary>Measures; nothing of the run is touched, and no random number of its is drawn.</summary>
    /// <param name="spec">The run, on the processor.</param>
    /// <param name="size">Side of a slice, pixels.</param>
    /// <param name="limit">Bytes that the process may have, past which nothing larger is tried.</param>
    /// <exception cref="OrganSegException">Invalid: there is not even memory to measure.</exception>
    public static MemoryForecast Measure(RunSpecification spec, int size, long limit)
    {
        var (began, few) = Peak(spec, size, Few);
        if (few + (few - began) > limit)
        {
            return new MemoryForecast(began, (few - began) / Few);
        }

        var (_, more) = Peak(spec, size, More);
        var perSlice = Math.Max(0, more - few) / (More - Few);
        var lasting = Math.Max(0, few - began - (Few * perSlice));

        // A checkpoint is about as large as weights and moments.
        return new MemoryForecast(began + (2 * lasting), perSlice);
    }

    private static (long Began, long Peak) Peak(RunSpecification spec, int size, int slices)
    {
        using var watch = new MemoryWatch(Interval);
        using var scope = NewDisposeScope();
        using var session = new TrainingSession(spec);
        using var batch = new Batch(
            [.. Enumerable.Range(0, slices)],
            zeros([slices, 1, size, size], uint8).DetachFromDisposeScope(),
            zeros([slices, size, size], uint8).DetachFromDisposeScope());

        try
        {
            // Some memory is taken with the second step only.
            for (var step = 0; step < 2; step++)
            {
                session.Step([batch], step, 0);
            }
        }
        catch (ExternalException error) when (OutOfMemory(error, slices, null, 0) is { } explained)
        {
            throw explained;
        }
        catch (DivergedException)
        {
            // Black slices without organs are not what a loss is made for; the pass was done.
        }

        return (watch.Began, watch.Peak);
    }

    private string Advice(long limit) => Largest(limit) is > 0 and var largest
        ? $"the largest batch that fits is {largest}, and accumulationSteps makes one step of several batches"
        : "no batch fits; choose a smaller width";

    private static string Gibibytes(long bytes) => FormattableString.Invariant($"{bytes / (double)(1 << 30):0.00} GiB");
}
