namespace OrganSeg.Ingest.Quality;

/// <summary>One case of a dataset.</summary>
/// <param name="Case">Its name.</param>
/// <param name="Sides">The sides of the split that its slices are on.</param>
/// <param name="Fold">The fold it is validated in, or null.</param>
/// <param name="Slices">Its slices.</param>
/// <param name="SpacingMm">Distances of pixels in a column, in a row, and of slices, in millimetres as they came; null where unknown.</param>
/// <param name="Organs">Of each organ that it has, slices and pixels.</param>
internal sealed record CaseQuality(
    string Case, IReadOnlyList<string> Sides, int? Fold, int Slices, IReadOnlyList<double>? SpacingMm, IReadOnlyDictionary<string, OrganSize> Organs);
