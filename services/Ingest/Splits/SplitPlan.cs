using OrganSeg.Ingest.Uploads;

namespace OrganSeg.Ingest.Splits;

/// <summary>How slices are to be split.</summary>
/// <param name="Policy">A policy of <see cref="SplitNames"/>.</param>
/// <param name="Seed">Of the drawing, where there is one.</param>
/// <param name="Files">Table: split by slice name.</param>
/// <param name="Cases">Table: split by case.</param>
internal sealed record SplitPlan(
    string Policy,
    ulong Seed,
    IReadOnlyDictionary<string, string> Files,
    IReadOnlyDictionary<string, string> Cases)
{
    /// <summary>Folds to make of the cases outside the test side; 0 for none.</summary>
    public int Folds { get; init; }

    /// <summary>Whether to seal although slices on one side are nearly those of another.</summary>
    public bool AllowLeakage { get; init; }

    /// <summary>The split a table gives a slice: by its file, else by its case; null when it has neither.</summary>
    public string? Find(SliceToSplit slice) =>
        Files.GetValueOrDefault(FileName.StemOf(slice.FileName))
        ?? slice.Names.Select(name => Cases.GetValueOrDefault(name)).FirstOrDefault(split => split is not null)
        // The folder of a series is a file to who writes a table of files.
        ?? slice.Names.Select(name => Files.GetValueOrDefault(name)).FirstOrDefault(split => split is not null);
}
