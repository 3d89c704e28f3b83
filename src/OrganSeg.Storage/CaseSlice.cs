using OrganSeg.Imaging;

namespace OrganSeg.Storage;

/// <summary>One slice to be put into a dataset.</summary>
/// <param name="Name">Its name without extension, unique within its case.</param>
/// <param name="Split"><c>train</c>, <c>validation</c> or <c>test</c>.</param>
/// <param name="SourceWidth">Width before preprocessing, pixels.</param>
/// <param name="SourceHeight">Height before preprocessing, pixels.</param>
/// <param name="Negative">Whether it was given as a slice without any organ.</param>
/// <param name="Image">Grey values at the dataset's size.</param>
/// <param name="Labels">Class ids at the dataset's size.</param>
/// <param name="Place">Place in the volume that it was cut from, 0 nearest to the feet; null for a slice by itself.</param>
public sealed record CaseSlice(
    string Name,
    string Split,
    int SourceWidth,
    int SourceHeight,
    bool Negative,
    ByteImage Image,
    ByteImage Labels,
    int? Place = null);
