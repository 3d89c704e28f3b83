namespace OrganSeg.Ingest.Splits;

/// <summary>The sides of all slices.</summary>
/// <param name="Sides">Split by file name.</param>
/// <param name="Leaky">Whether slices of one case may be on more than one side.</param>
internal sealed record SplitDecision(IReadOnlyDictionary<string, string> Sides, bool Leaky);
