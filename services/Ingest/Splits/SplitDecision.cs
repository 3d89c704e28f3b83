namespace OrganSeg.Ingest.Splits;

/// <summary>The sides of all slices.</summary>
/// <param name="Sides">Split by file name.</param>
/// <param name="Leaky">Whether slices of one case may be on more than one side.</param>
internal sealed record SplitDecision(IReadOnlyDictionary<string, string> Sides, bool Leaky)
{
    /// <summary>Fold, from 1, of each case that has slices outside the test side; empty where no folds were asked for.</summary>
    public IReadOnlyDictionary<string, int> Folds { get; init; } = new Dictionary<string, int>();

    /// <summary>Organs that are missing from a side or a fold, because too few cases have them.</summary>
    public IReadOnlyList<MissingOrgan> Missing { get; init; } = [];
}
