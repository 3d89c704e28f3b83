namespace OrganSeg.Ingest.Quality;

/// <summary>One organ in a dataset.</summary>
/// <param name="Organ">Its name.</param>
/// <param name="Cases">Cases that have it.</param>
/// <param name="Slices">Slices that show it.</param>
/// <param name="Pixels">Its pixels in all.</param>
/// <param name="Sides">Cases and slices by side of the split.</param>
internal sealed record OrganQuality(string Organ, int Cases, int Slices, long Pixels, IReadOnlyDictionary<string, OrganSide> Sides);
