using System.Collections.Concurrent;
using OrganSeg.Imaging;
using OrganSeg.Imaging.Similarity;
using OrganSeg.Ingest.Splits;
using OrganSeg.Ingest.Spooling;
using OrganSeg.Storage;

namespace OrganSeg.Ingest.Leakage;

/// <summary>
/// Finds slices that are nearly equal to slices of another side, whatever their cases are called, and keeps a split that says
/// that it has none from being sealed with them. Perceptual hashes find candidates, full-size images decide.
/// </summary>
internal static class LeakageFirewall
{
    private const int MostPairsNamed = 20;
    private const int MostCasesNamed = 5;

    /// <summary>Holds each slice of the validation side against the train side, and each of the test side against both.</summary>
    /// <param name="slices">All slices of a dataset.</param>
    /// <param name="size">Side of their images in pixels.</param>
    /// <param name="spool">Where the images are.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>One pair for each slice with such another, in the order of case and name.</returns>
    public static async Task<IReadOnlyList<LeakingPair>> SearchAsync(
        IReadOnlyCollection<HashedSlice> slices, int size, Spool spool, CancellationToken cancellationToken)
    {
        var sides = SplitNames.Splits.Select(side => slices
            .Where(slice => slice.Side == side && slice.Hash is not null)
            .OrderBy(slice => slice.Case, StringComparer.Ordinal)
            .ThenBy(slice => slice.Name, StringComparer.Ordinal)
            .ToArray()).ToArray();
        var found = new ConcurrentBag<LeakingPair>();
        for (var side = 1; side < sides.Length; side++)
        {
            HashedSlice[] others = [.. sides.Take(side).SelectMany(other => other)];
            var nearest = new NearestHashes([.. sides[side].Select(HashOf)]);
            nearest.Compare(others.Select(HashOf).ToArray(), firstOther: 0);
            var rows = Enumerable.Range(0, nearest.Count).Where(row => nearest.Of(row).Any());
            var workers = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
            var held = sides[side];
            await Parallel.ForEachAsync(rows, workers, async (row, token) =>
            {
                if (await CompareAsync(held[row], nearest.Of(row).Select(other => others[other]), size, spool, token) is { } pair)
                {
                    found.Add(pair);
                }
            });
        }

        return [.. found.OrderBy(pair => pair.Slice.Case, StringComparer.Ordinal).ThenBy(pair => pair.Slice.Name, StringComparer.Ordinal)];
    }

    /// <summary>What the manifest says of the split.</summary>
    /// <param name="plan">What was asked for.</param>
    /// <param name="decision">The sides.</param>
    /// <param name="pairs">What <see cref="SearchAsync"/> has found.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>, naming the pairs: a split that does not say that it is
    /// leaky would be sealed with them, and the plan does not allow it.</exception>
    public static DatasetSplit Admit(SplitPlan plan, SplitDecision decision, IReadOnlyList<LeakingPair> pairs)
    {
        var overridden = !decision.Leaky && pairs.Count > 0;
        if (overridden && !plan.AllowLeakage)
        {
            throw new OrganSegException([
                new FieldViolation("split", Describe(pairs)),
                .. pairs.OrderByDescending(pair => pair.Similarity).Take(MostPairsNamed).Select(pair => new FieldViolation(
                    $"{pair.Slice.Case} {pair.Slice.Name}",
                    $"({pair.Slice.Side}) is nearly {pair.Other.Case} {pair.Other.Name} ({pair.Other.Side}), similarity {pair.Similarity:F3}."))]);
        }

        return new DatasetSplit
        {
            Policy = plan.Policy,
            Leaky = decision.Leaky || overridden,
            Seed = plan.Policy == SplitNames.ByTable && plan.Folds == 0 ? null : plan.Seed,
            Folds = plan.Folds == 0 ? null : plan.Folds,
            NearDuplicates = pairs.Count == 0 ? null : pairs.Count,
            LeakageOverride = overridden
                ? $"Leakage was allowed: {Count(pairs)} of the validation and test sides are nearly equal to slices of another side."
                : null,
        };
    }

    private static SliceHash HashOf(HashedSlice slice) => slice.Hash!.Value;

    private static async Task<LeakingPair?> CompareAsync(
        HashedSlice slice, IEnumerable<HashedSlice> candidates, int size, Spool spool, CancellationToken cancellationToken)
    {
        var image = await ReadAsync(slice);
        foreach (var candidate in candidates)
        {
            var similarity = SliceSimilarity.Of(image, await ReadAsync(candidate));
            if (similarity >= SliceSimilarity.Threshold(size))
            {
                return new LeakingPair(slice, candidate, similarity);
            }
        }

        return null;

        async Task<ByteImage> ReadAsync(HashedSlice one) => new(size, size, await spool.ReadAsync(one.Image, cancellationToken));
    }

    private static string Describe(IReadOnlyList<LeakingPair> pairs)
    {
        var cases = pairs.Select(pair => $"{pair.Slice.Case} ({pair.Slice.Side}) and {pair.Other.Case} ({pair.Other.Side})").Distinct().ToArray();
        return $"leaks: {Count(pairs)} of the validation and test sides are nearly equal to slices of another side, of "
            + string.Join("; ", cases.Take(MostCasesNamed)) + (cases.Length > MostCasesNamed ? $"; and {cases.Length - MostCasesNamed} more pairs of cases" : "")
            + ". Give all slices of a patient one case name, or leave one of each pair out. To seal it all the same, marked leaky, "
            + "allow leakage (--allow-leakage).";
    }

    private static string Count(IReadOnlyList<LeakingPair> pairs) => pairs.Count == 1 ? "1 slice" : $"{pairs.Count} slices";
}
