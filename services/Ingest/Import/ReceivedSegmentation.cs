using OrganSeg.Ingest.Spooling;

namespace OrganSeg.Ingest.Import;

/// <summary>A DICOM segmentation, which can be laid out only over the voxels of the volume that it was drawn on.</summary>
/// <param name="FileName">What errors name.</param>
/// <param name="Names">What its volume may be called, without extension; the best first.</param>
/// <param name="Content">The file.</param>
internal sealed record ReceivedSegmentation(string FileName, IReadOnlyList<string> Names, SpoolEntry Content);
