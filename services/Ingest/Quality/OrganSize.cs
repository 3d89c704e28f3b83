namespace OrganSeg.Ingest.Quality;

/// <summary>One organ in one case.</summary>
/// <param name="Slices">Slices that show it.</param>
/// <param name="Pixels">Its pixels at network size.</param>
internal sealed record OrganSize(int Slices, long Pixels);
