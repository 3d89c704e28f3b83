using OrganSeg.Trainer.Specifications;

namespace OrganSeg.Trainer.Training;

/// <summary>Which slices each step of an epoch sees: a function of seed and epoch alone.</summary>
internal static class EpochPlan
{
    private const ulong OrderKey = 1;

    /// <summary>
    /// Every slice once in a new order, slices without organs thinned to <see cref="RunSpecification.NegativeShare"/>.
    /// Slices left over by the last full batch wait for another epoch, since a small batch has noisy statistics.
    /// </summary>
    public static int[][] Of(RunSpecification spec, IReadOnlyList<bool> negative, int epoch)
    {
        var random = new SeededRandom(spec.Seed, OrderKey, (ulong)epoch);
        var slices = Enumerable.Range(0, negative.Count).ToArray();
        random.Shuffle(slices);
        if (spec.NegativeShare is { } share)
        {
            var positives = negative.Count(n => !n);
            var wanted = (int)Math.Round(share / (1 - share) * positives);
            slices = [.. slices.Where(slice => !negative[slice] || wanted-- > 0)];
        }

        return slices.Length < spec.BatchSize
            ? [slices]
            : [.. slices.Chunk(spec.BatchSize).Where(batch => batch.Length == spec.BatchSize)];
    }
}
