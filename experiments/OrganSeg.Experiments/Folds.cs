using System.Globalization;
using OrganSeg.Evaluator.Metrics;
using OrganSeg.Evaluator.Statistics;

namespace OrganSeg.Experiments;

/// <summary>Folds that were run apart from each other, perhaps on several machines, as the one result that they are.</summary>
public static class Folds
{
    /// <summary>How many there are.</summary>
    public const int Number = 5;

    private const string Suffix = "-fold";

    // That of the reports.
    private const ulong Seed = 20_260_101;

    /// <summary>Replaces <c>NAME-fold1</c> to <c>NAME-fold5</c> by <c>NAME</c> where all are there and <c>NAME</c> is not.</summary>
    /// <param name="results">What there is; each fold scored other patients.</param>
    public static IReadOnlyList<ExperimentResult> Join(IReadOnlyList<ExperimentResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        var joined = new List<ExperimentResult>();
        foreach (var group in results.GroupBy(result => (result.Protocol, Name: WithoutFold(result.Name))))
        {
            var folds = group.Where(result => result.Name != group.Key.Name).OrderBy(result => result.Name, StringComparer.Ordinal).ToList();
            joined.AddRange(group.Except(folds));
            if (folds.Count == Number && folds.Count == group.Count())
            {
                joined.Add(Join(group.Key.Name, folds));
            }
            else
            {
                joined.AddRange(folds);
            }
        }

        return [.. joined.OrderBy(result => result.Protocol, StringComparer.Ordinal).ThenBy(result => result.Name, StringComparer.Ordinal)];
    }

    private static string WithoutFold(string name)
    {
        var at = name.LastIndexOf(Suffix, StringComparison.Ordinal);
        return at > 0 && int.TryParse(name.AsSpan(at + Suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var fold)
            && fold is >= 1 and <= Number
            ? name[..at]
            : name;
    }

    private static ExperimentResult Join(string name, List<ExperimentResult> folds) => new(
        folds[0].Protocol,
        name,
        folds.Sum(fold => fold.Patients),
        folds.Sum(fold => fold.Slices),
        [.. folds[0].Organs.Select((_, organ) => Join([.. folds.Select(fold => fold.Organs[organ])]))],
        folds[0].Machine.Keys.ToDictionary(
            fact => fact,
            fact => string.Join(" and ", folds.Select(fold => fold.Machine.GetValueOrDefault(fact, "unknown")).Distinct()),
            StringComparer.Ordinal));

    private static OrganResult Join(IReadOnlyList<OrganResult> folds)
    {
        var patients = folds.SelectMany(fold => fold.Patients).ToList();
        var reference = folds.SelectMany(fold => fold.ReferencePixels).ToList();
        var predicted = folds.SelectMany(fold => fold.PredictedPixels).ToList();
        // F1 = 2TP/(reference + predicted).
        PixelCounts[] counts =
        [
            .. patients.Select((f1, i) =>
            {
                var truePositives = (long)Math.Round((f1 ?? 0) * (reference[i] + predicted[i]) / 2);
                return new PixelCounts(truePositives, predicted[i] - truePositives, reference[i] - truePositives);
            }),
        ];
        var pooled = counts.Aggregate((a, b) => a + b).Scores();
        var interval = Bootstrap.OfPooledF1(counts, new BootstrapOptions(Seed));
        return new OrganResult(
            folds[0].Organ, pooled.Precision, pooled.Recall, pooled.F1, interval.Low, interval.High, patients, reference, predicted);
    }
}
