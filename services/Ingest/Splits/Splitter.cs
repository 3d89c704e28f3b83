using OrganSeg.Ingest.Import;
using OrganSeg.Storage;

namespace OrganSeg.Ingest.Splits;

/// <summary>
/// Puts each slice on a side, and each case into a fold. The answer depends on names, organs and the seed only, never on the order
/// of arrival.
/// </summary>
internal static class Splitter
{
    private const double ValidationShare = 0.15;
    private const double TestShare = 0.15;

    // Apart from what else is drawn from the seed.
    private const ulong FoldKey = 0x666F6C6473;

    /// <param name="plan">The policy.</param>
    /// <param name="slices">All slices; where two have one file name, that is a problem already.</param>
    /// <param name="problems">Receives each slice that has no side.</param>
    public static SplitDecision Decide(SplitPlan plan, IReadOnlyCollection<SliceToSplit> slices, Problems problems)
    {
        var decision = plan.Policy switch
        {
            SplitNames.ByPatient => ByPatient(plan, slices, problems),
            SplitNames.BySlice => BySlice(plan, slices),
            SplitNames.ByTable => ByTable(plan, slices, problems),
            _ => throw new ArgumentException($"Unknown policy {plan.Policy}.", nameof(plan)),
        };
        if (plan.Folds > 0)
        {
            decision = decision with { Folds = Folds(plan, decision, slices, problems) };
        }

        return decision with { Missing = [.. MissingFromSides(decision, slices), .. MissingFromFolds(plan, decision, slices)] };
    }

    private static SplitDecision ByPatient(
        SplitPlan plan, IReadOnlyCollection<SliceToSplit> slices, Problems problems)
    {
        var cases = Cases(slices.Where(slice => !slice.Negative));
        var (train, validation) = Share(cases.Count);
        var sideOfCase = Stratifier.Divide(cases, [train, validation, cases.Count - train - validation], ShareOf, plan.Seed)
            .ToDictionary(one => one.Key, one => SplitNames.Splits[one.Value], StringComparer.Ordinal);
        var sides = new Dictionary<string, string>(slices.Count, StringComparer.Ordinal);
        foreach (var slice in slices)
        {
            if (sideOfCase.TryGetValue(slice.Case, out var side))
            {
                sides[slice.FileName] = side;
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
            labelled[file] = side;
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

            sides[slice.FileName] = side;
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
            .GroupBy(slice => slice.Patient, slice => sides[slice.FileName], StringComparer.Ordinal)
            .Any(group => group.Distinct().Skip(1).Any());
        return new SplitDecision(sides, leaky);
    }

    private static IReadOnlyDictionary<string, int> Folds(
        SplitPlan plan, SplitDecision decision, IReadOnlyCollection<SliceToSplit> slices, Problems problems)
    {
        var cases = Cases(Divided(decision, slices));
        if (cases.Count < plan.Folds)
        {
            problems.Add(
                "folds", $"are {plan.Folds}, while {cases.Count} cases are on the train and validation sides; use at most as many folds as cases.");
            return decision.Folds;
        }

        int[] capacities = [.. Enumerable.Range(0, plan.Folds).Select(fold => (cases.Count + plan.Folds - 1 - fold) / plan.Folds)];
        return Stratifier.Divide(cases, capacities, EvenlyOf(plan.Folds), plan.Seed ^ FoldKey)
            .ToDictionary(one => one.Key, one => one.Value + 1, StringComparer.Ordinal);
    }

    private static IEnumerable<SliceToSplit> Divided(SplitDecision decision, IEnumerable<SliceToSplit> slices) =>
        slices.Where(slice => decision.Sides.GetValueOrDefault(slice.FileName) is DatasetSplit.Train or DatasetSplit.Validation);

    private static List<CaseToDivide> Cases(IEnumerable<SliceToSplit> slices) =>
        [.. slices.GroupBy(slice => slice.Patient, StringComparer.Ordinal).Select(
            group => new CaseToDivide(group.Key, group.SelectMany(slice => slice.Organs).ToHashSet(), group.Count()))];

    private static IEnumerable<MissingOrgan> MissingFromSides(SplitDecision decision, IReadOnlyCollection<SliceToSplit> slices) => Missing(
        slices,
        SplitNames.Splits.Select(side => ($"the {side} side", slices.Where(slice => decision.Sides.GetValueOrDefault(slice.FileName) == side))));

    private static IEnumerable<MissingOrgan> MissingFromFolds(
        SplitPlan plan, SplitDecision decision, IReadOnlyCollection<SliceToSplit> slices) => Missing(
        slices,
        Enumerable.Range(1, plan.Folds).Select(
            fold => ($"fold {fold}", Divided(decision, slices).Where(slice => decision.Folds.GetValueOrDefault(slice.Patient) == fold))));

    private static IEnumerable<MissingOrgan> Missing(
        IReadOnlyCollection<SliceToSplit> all, IEnumerable<(string Name, IEnumerable<SliceToSplit> Slices)> parts)
    {
        var having = Cases(all).SelectMany(one => one.Organs).CountBy(organ => organ).OrderBy(organ => organ.Key).ToArray();
        foreach (var (name, slices) in parts)
        {
            var part = slices.ToArray();
            var organs = part.SelectMany(slice => slice.Organs).ToHashSet();
            foreach (var (organ, cases) in having.Where(organ => part.Length > 0 && !organs.Contains(organ.Key)))
            {
                yield return new MissingOrgan(organ, name, cases);
            }
        }
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
            sides[drawn[i]] = i < train ? DatasetSplit.Train
                : i < train + validation ? DatasetSplit.Validation
                : DatasetSplit.Test;
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

    private static double[] ShareOf(int count)
    {
        var (train, validation) = Share(count);
        return [train, validation, count - train - validation];
    }

    private static Func<int, double[]> EvenlyOf(int folds) =>
        count => [.. Enumerable.Repeat((double)count / folds, folds)];

    private static int AtLeastOne(double share) => Math.Max(1, (int)Math.Round(share, MidpointRounding.AwayFromZero));
}
