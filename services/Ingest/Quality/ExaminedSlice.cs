using OrganSeg.Storage;

namespace OrganSeg.Ingest.Quality;

/// <summary>A slice and what was measured of it.</summary>
/// <param name="Slice">The slice.</param>
/// <param name="Facts">What was measured.</param>
internal sealed record ExaminedSlice(CaseSlice Slice, SliceFacts Facts);
