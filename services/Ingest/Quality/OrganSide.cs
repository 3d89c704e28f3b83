namespace OrganSeg.Ingest.Quality;

/// <summary>One organ on one side of a split.</summary>
/// <param name="Cases">Cases that have it there.</param>
/// <param name="Slices">Slices that show it there.</param>
internal sealed record OrganSide(int Cases, int Slices);
