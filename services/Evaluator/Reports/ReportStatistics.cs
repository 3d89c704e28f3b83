using OrganSeg.Evaluator.Metrics;
using OrganSeg.Evaluator.Statistics;

namespace OrganSeg.Evaluator.Reports;

/// <summary>Intervals and comparisons of a report, all from the patients' values and one seed.</summary>
internal static class ReportStatistics
{
    /// <summary>Every resample follows from it; each interval says so.</summary>
    private const ulong Seed = 20_260_101;

    private const string Metric = "F1 per patient";

    private static readonly BootstrapOptions Options = new(Seed);

    /// <summary>The organs with their intervals.</summary>
    public static IReadOnlyList<OrganScores> WithIntervals(Scorer scorer) => [.. scorer.Organs().Select((organ, i) => organ with
    {
        Intervals = new F1Intervals(
            Bootstrap.OfPooledF1(scorer.PatientCounts(i).Select(patient => patient.Counts), Options),
            Bootstrap.OfMean([.. organ.Patients.Select(patient => patient.F1).OfType<double>()], Bounds.Unit, Options)),
    })];

    /// <summary>Every pair of models, the one named first against each later one.</summary>
    /// <param name="models">Scored on the same patients.</param>
    /// <param name="absence">Name of the policy for absent organs.</param>
    public static IReadOnlyList<ModelPair> Compare(IReadOnlyList<ModelReport> models, string absence) =>
    [
        .. from first in Enumerable.Range(0, models.Count)
           from second in Enumerable.Range(first + 1, models.Count - first - 1)
           select Compare(models[first], models[second], absence),
    ];

    /// <summary>F1 of the patients in whom it is defined for both models, organ by organ.</summary>
    public static IReadOnlyList<PairedScores> Pair(ModelReport first, ModelReport second) =>
        [.. first.Organs.Zip(second.Organs, (left, right) => new PairedScores(left.Organ, Pairs(left, right)))];

    private static ModelPair Compare(ModelReport first, ModelReport second, string absence)
    {
        var compared = ModelComparison.Compare(
            new ComparedModels(first.Title, second.Title, "F1", Bounds.UnitDifference), Pair(first, second), Options);
        return new ModelPair(first.Title, second.Title, $"{Metric}, absent organs: {absence}", compared);
    }

    private static List<(double First, double Second)> Pairs(OrganScores left, OrganScores right)
    {
        var others = right.Patients.ToDictionary(patient => patient.Patient, patient => patient.F1, StringComparer.Ordinal);
        return
        [
            .. left.Patients
                .Select(patient => (patient.F1, Other: others.GetValueOrDefault(patient.Patient)))
                .Where(pair => pair.F1.HasValue && pair.Other.HasValue)
                .Select(pair => (pair.F1!.Value, pair.Other!.Value)),
        ];
    }
}
