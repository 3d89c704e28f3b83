using OrganSeg.Evaluator.Reports;

namespace OrganSeg.Evaluator.Honesty;

/// <summary>Which evaluated slices are nearly those of another side: the report's section <c>nearDuplicates</c>.</summary>
/// <param name="Evaluated">Evaluated slices that show anything.</param>
/// <param name="Compared">Slices of other sides they were held against.</param>
/// <param name="WithoutContent">Slices on either side that show nothing and were left out.</param>
/// <param name="Sides">The other sides, such as <c>btcv@1 train</c>.</param>
/// <param name="NotCompared">Training datasets that could not be read, each with the reason.</param>
/// <param name="Threshold">Similarity from which two slices count as nearly equal.</param>
/// <param name="Found">Evaluated slices with such another.</param>
/// <param name="Cases">Evaluated cases they are of.</param>
/// <param name="OtherCases">Cases of the others.</param>
/// <param name="Pairs">The most similar pairs, one an evaluated slice, up to a limit.</param>
internal sealed record NearDuplicates(
    int Evaluated,
    int Compared,
    int WithoutContent,
    IReadOnlyList<string> Sides,
    IReadOnlyList<string> NotCompared,
    double Threshold,
    int Found,
    IReadOnlyList<string> Cases,
    IReadOnlyList<string> OtherCases,
    IReadOnlyList<NearDuplicatePair> Pairs)
{
    private const int MostNamed = 5;
    private const int MostPairsNamed = 3;

    /// <summary>Pairs that a report lists.</summary>
    public const int MostPairs = 50;

    /// <summary>What a reader must know; null when nothing was found.</summary>
    public ReportWarning? Warning() => Found == 0 ? null : new ReportWarning(
        "near-duplicates",
        ReportWarning.Serious,
        null,
        $"{Found} of the {Evaluated} evaluated slices, of {Names(Cases)}, are nearly equal to slices on another side "
        + $"({string.Join(", ", Pairs.Select(pair => $"{pair.OtherDataset} {pair.OtherSplit}").Distinct())}), of {Names(OtherCases)}: "
        + string.Join("; ", Pairs.Take(MostPairsNamed).Select(pair => FormattableString.Invariant(
            $"{pair.Case} {pair.Slice} and {pair.OtherCase} {pair.OtherSlice} ({pair.Similarity:F3})")))
        + ". A model that saw one of the two knows the other; give all slices of a patient one case name and split by patient.");

    private static string Names(IReadOnlyList<string> cases) =>
        $"{cases.Count} {(cases.Count == 1 ? "case" : "cases")} ({string.Join(", ", cases.Take(MostNamed))}{(cases.Count > MostNamed ? ", …" : "")})";
}
