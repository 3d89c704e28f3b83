using OrganSeg.Evaluator.Metrics;

namespace OrganSeg.Evaluator.Reports;

/// <summary>
/// Chooses the slices of the overview: of patients evenly spread over all by name, each one's slice with most organs in the
/// reference, so that no score has a say in it.
/// </summary>
internal static class OverviewSelection
{
    /// <summary>Rows of the figure, as in the paper's.</summary>
    public const int Rows = 5;

    /// <summary>At most <see cref="Rows"/> slices, by patient; of slices with as many organs, the one with most of them.</summary>
    /// <param name="slices">All that were scored.</param>
    public static IReadOnlyList<SliceId> Choose(IReadOnlyList<SliceScore> slices)
    {
        var patients = slices
            .GroupBy(slice => slice.Id.Case, StringComparer.Ordinal)
            .OrderBy(patient => patient.Key, StringComparer.Ordinal)
            .ToList();
        var rows = Math.Min(Rows, patients.Count);
        return [.. Enumerable.Range(0, rows).Select(row => Fullest(patients[PositionOf(row, rows, patients.Count)]))];
    }

    // The first and the last are in it, the others at equal distances between.
    private static int PositionOf(int row, int rows, int patients) =>
        rows == 1 ? patients / 2 : (int)Math.Round((double)row * (patients - 1) / (rows - 1), MidpointRounding.AwayFromZero);

    private static SliceId Fullest(IEnumerable<SliceScore> slices) => slices
        .OrderByDescending(slice => slice.Organs.Count(organ => organ.Reference > 0))
        .ThenByDescending(slice => slice.Organs.Sum(organ => organ.Reference))
        .ThenBy(slice => slice.Id.Name, StringComparer.Ordinal)
        .First()
        .Id;
}
