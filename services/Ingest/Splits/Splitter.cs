using OrganSeg.Ingest.Import;
using OrganSeg.Storage;

namespace OrganSeg.Ingest.Splits;

/// <summary>Puts each slice on a side. The answer depends on names and the seed only, never on the order of arrival.
/// </summary>
internal static class Splitter
{
    private const double ValidationShare = 0.15;
    private const double TestShare = 0.15;

    /// <param name="plan">The policy.</param>
    /// <param name="slices">All slices; file names are distinct.</param>
    /// <param name="problems">Receives each slice that has no side.</param>
    public static SplitDecision Decide(SplitPlan plan, IReadOnlyCollection<SliceToSplit> slices, Problems problems) =>
        plan.Policy switch
        {
            SplitNames.ByPatient => ByPatient(plan, slices, problems),
            SplitNames.BySlice => BySlice(plan, slices),
            SplitNames.ByTable => ByTable(plan, slices, problems),
            _ => throw new ArgumentException($"Unknown policy {plan.Policy}.", nameof(plan)),
        };

    private static SplitDecision ByPatient(
        SplitPlan plan, IReadOnlyCollection<SliceToSplit> slices, Problems problems)
    {
        var sideOfCase = Draw(plan.Seed, slices.Where(slice => !slice.Negative).Select(slice => slice.Case).Distinct());
        var sides = new Dictionary<string, string>(slices.Count, StringComparer.Ordinal);
        foreach (var slice in slices)
        {
            if (sideOfCase.TryGetValue(slice.Case, out var side))
            {
                sides.Add(slice.FileName, side);
            }
            else
            {
                problems.Add(
                    slice.FileName,
                    "is a negative of a case without labelled slices, so it has no split to inherit; leave it out, "
                    + "import labelled slices of its case, or name its split in a table.");
            }
        }

        return new SplitDecision(sides, Leaky: false);
    }

    private static SplitDecision BySlice(SplitPlan plan, IReadOnlyCollection<SliceToSplit> slices)
    {
        // Two draws: negatives that are added later leave the sides of the labelled slices as they were.
        var labelled = Draw(plan.Seed, slices.Where(slice => !slice.Negative).Select(slice => slice.FileName));
        var negative = Draw(plan.Seed, slices.Where(slice => slice.Negative).Select(slice => slice.FileName));
        foreach (var (file, side) in negative)
        {
            labelled.Add(file, side);
        }

        // Even where each name looks like a case of its own, nothing says that the patients differ.
        return new SplitDecision(labelled, Leaky: true);
    }

    private static SplitDecision ByTable(SplitPlan plan, IReadOnlyCollection<SliceToSplit> slices, Problems problems)
    {
        var sides = new Dictionary<string, string>(slices.Count, StringComparer.Ordinal);
        var sidesOfCase = new Dictionary<string, SortedDictionary<string, int>>(StringComparer.Ordinal);

        // Labelled slices first: negatives inherit from them.
        foreach (var slice in slices.OrderBy(slice => slice.Negative))
        {
            var known = sidesOfCase.GetValueOrDefault(slice.Case);
            var side = plan.Find(slice) ?? (slice.Negative && known is not null ? Prevailing(known) : null);
            if (side is null)
            {
                problems.Add(slice.FileName, "has no split: the split table names neither it nor its case.");
                continue;
            }

            sides.Add(slice.FileName, side);
            if (known is null)
            {
                sidesOfCase.Add(slice.Case, known = new SortedDictionary<string, int>(StringComparer.Ordinal));
            }

            if (!slice.Negative)
            {
                known[side] = known.GetValueOrDefault(side) + 1;
            }
        }

        var leaky = slices.Where(slice => sides.ContainsKey(slice.FileName))
            .GroupBy(slice => slice.Case, slice => sides[slice.FileName], StringComparer.Ordinal)
            .Any(group => group.Distinct().Skip(1).Any());
        return new SplitDecision(sides, leaky);
    }

    /// <summary>The side with most labelled slices of a case; of equals the first of train, validation, test.</summary>
    private static string? Prevailing(SortedDictionary<string, int> counts) =>
        SplitNames.Splits.Where(counts.ContainsKey).MaxBy(side => counts[side]);

    private static Dictionary<string, string> Draw(ulong seed, IEnumerable<string> names)
    {
        var drawn = names.Order(StringComparer.Ordinal).ToArray();
        new SplitMix(seed).Shuffle(drawn.AsSpan());
        var (train, validation) = Share(drawn.Length);
        var sides = new Dictionary<string, string>(drawn.Length, StringComparer.Ordinal);
        for (var i = 0; i < drawn.Length; i++)
        {
            sides.Add(drawn[i], i < train ? DatasetSplit.Train
                : i < train + validation ? DatasetSplit.Validation
                : DatasetSplit.Test);
        }

        return sides;
    }

    /// <summary>70/15/15 rounded, with one for validation as soon as there are two, one for test as soon as there are
    /// three, and never none for training.</summary>
    internal static (int Train, int Validation) Share(int count)
    {
        var validation = count < 2 ? 0 : AtLeastOne(count * ValidationShare);
        var test = count < 3 ? 0 : AtLeastOne(count * TestShare);
        return (count - validation - test, validation);
    }

    private static int AtLeastOne(double share) => Math.Max(1, (int)Math.Round(share, MidpointRounding.AwayFromZero));
}
