using OrganSeg.Imaging;
using OrganSeg.Storage;

namespace OrganSeg.Inference.Serving;

/// <summary>A slice that was answered, to be segmented once more by a shadow.</summary>
/// <param name="Answered">Who answered.</param>
/// <param name="Shadow">Who is compared with that.</param>
/// <param name="Variant">The form that answered.</param>
/// <param name="Source">The slice.</param>
/// <param name="Spacing">Distances of its pixels; null when they are square.</param>
/// <param name="Labels">The answer.</param>
internal sealed record ShadowWork(
    ModelDocument Answered, ModelRollout Shadow, string Variant, ByteImage Source, PixelSpacing? Spacing, ByteImage Labels);
