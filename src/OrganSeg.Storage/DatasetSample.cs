using OrganSeg.Imaging;

namespace OrganSeg.Storage;

/// <summary>One slice of a dataset with its pixels.</summary>
/// <param name="Case">Name of its case.</param>
/// <param name="Name">Name of the slice.</param>
/// <param name="Image">Grey values, size × size.</param>
/// <param name="Labels">Class ids, size × size.</param>
public sealed record DatasetSample(string Case, string Name, ByteImage Image, ByteImage Labels);
