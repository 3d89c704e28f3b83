namespace OrganSeg.Ingest.Leakage;

/// <summary>A slice of the validation or test side, and one of another side that is nearly equal.</summary>
/// <param name="Slice">Of the validation or test side.</param>
/// <param name="Other">Of another side.</param>
/// <param name="Similarity">Correlation at full size, up to 1.</param>
internal sealed record LeakingPair(HashedSlice Slice, HashedSlice Other, double Similarity);
