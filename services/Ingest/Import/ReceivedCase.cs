using OrganSeg.Storage;

namespace OrganSeg.Ingest.Import;

/// <summary>The case of a slice, by the names that it has.</summary>
/// <param name="Source">As its files name it; a split table may.</param>
/// <param name="Name">In the dataset.</param>
/// <param name="Patient">Whose slices must not be on two sides of a split; its own name where nothing else is known.</param>
/// <param name="Origin">Where a volume came from; null for PNG slices.</param>
internal sealed record ReceivedCase(string Source, string Name, string Patient, CaseOrigin? Origin = null)
{
    /// <summary>All that its files may be called in a split table, the best first.</summary>
    public IReadOnlyList<string> Names { get; init; } = [Source];
}
