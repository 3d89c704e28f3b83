using OrganSeg.Imaging;

namespace OrganSeg.Evaluator;

/// <summary>A slice for a figure.</summary>
/// <param name="Image">Grey values; null where only label maps were given.</param>
/// <param name="Reference">Reference labels.</param>
internal sealed record ShownSlice(ByteImage? Image, ByteImage Reference);
