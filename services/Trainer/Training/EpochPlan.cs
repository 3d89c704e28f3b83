using OrganSeg.Trainer.Specifications;

namespace OrganSeg.Trainer.Training;

/// <summary>Which slices each step of an epoch sees: a function of seed and epoch alone.</summary>
internal static class EpochPlan
{
    private const ulong OrderKey = 1;

    /// <summary>
    /// Every slice once in a new order, or draws that favour rare organs, slices without organs thinned to
    /// <see cref="RunSpecification.NegativeShare"/>. Slices left over by the last full step wait for another epoch, since
    /// a small batch has noisy statistics.
    /// </summary>
    /// <param name="spec">Seed, batch size and sampling.</param>
    /// <param name="organs">For each slice the organs it shows.</param>
    /// <param name="epoch">Epochs done before.</param>
    /// <returns>The slices of each step.</returns>
    public static int[][] Of(RunSpecification spec, IReadOnlyList<byte[]> organs, int epoch)
    {
        var random = new SeededRandom(spec.Seed, OrderKey, (ulong)epoch);
        var slices = Enumerable.Range(0, organs.Count).ToArray();
        random.Shuffle(slices);
        if (spec.NegativeShare is { } share)
        {
            var positives = organs.Count(shown => shown.Length > 0);
            var wanted = (int)Math.Round(share / (1 - share) * positives);
            slices = [.. slices.Where(slice => organs[slice].Length > 0 || wanted-- > 0)];
        }

        if (spec.Sampling == Sampling.RareOrgans)
        {
            slices = Draw(slices, organs, ref random);
        }

        var perStep = spec.BatchSize * spec.AccumulationSteps;
        return slices.Length < perStep
            ? [slices]
            : [.. slices.Chunk(perStep).Where(step => step.Length == perStep)];
    }

    /// <summary>As many slices with replacement, each with a weight that falls with the number of slices its rarest organ is in.</summary>
    private static int[] Draw(int[] slices, IReadOnlyList<byte[]> organs, ref SeededRandom random)
    {
        var frequency = new int[256];
        foreach (var organ in slices.SelectMany(slice => organs[slice]))
        {
            frequency[organ]++;
        }

        // A slice without organs is as likely as one whose rarest organ is everywhere.
        var sums = new double[slices.Length];
        var sum = 0.0;
        for (var i = 0; i < slices.Length; i++)
        {
            var rarest = organs[slices[i]].Select(organ => frequency[organ]).DefaultIfEmpty(slices.Length).Min();
            sums[i] = sum += 1.0 / rarest;
        }

        var drawn = new int[slices.Length];
        for (var i = 0; i < drawn.Length; i++)
        {
            var place = Array.BinarySearch(sums, random.NextDouble(0, sum));
            drawn[i] = slices[Math.Min(place < 0 ? ~place : place + 1, slices.Length - 1)];
        }

        return drawn;
    }
}
