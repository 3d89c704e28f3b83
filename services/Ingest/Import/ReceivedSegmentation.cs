using OrganSeg.Ingest.Spooling;

namespace OrganSeg.Ingest.Import;

/// <summary>A DICOM segmentation, which can be laid out only over the voxels of the volume that it was drawn on.</summary>
/// <param name="FileName">What errors name.</param>
/// <param name="Names">What its volume may be called, without extension; the best first.</param>
/// <param name="Content">The file.</param>
internal sealed record ReceivedSegmentation(string FileName, IReadOnlyList<string> Names, SpoolEntry Content)
{
    /// <summary>UID of the series that it was drawn on; empty where it does not say.</summary>
    public string Series { get; init; } = "";

    /// <summary>Whether it came from a server, so that a label volume that was sent goes before it.</summary>
    public bool Fetched { get; init; }
}
