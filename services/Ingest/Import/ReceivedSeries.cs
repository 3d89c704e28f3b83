using OrganSeg.Imaging.Dicom;
using OrganSeg.Ingest.Spooling;

namespace OrganSeg.Ingest.Import;

/// <summary>A DICOM series while its import goes on. <see cref="Content"/> is written by the one worker that makes a volume of
/// its files, and stays null where that is refused.</summary>
/// <param name="identity">Whose it is, for pseudonyms and nothing else.</param>
internal sealed class ReceivedSeries(DicomIdentity identity)
{
    public DicomIdentity Identity { get; } = identity;

    /// <summary>Whether any file says that annotations are burned into its pixels.</summary>
    public bool BurnedIn { get; set; }

    /// <summary>Names and contents of the files.</summary>
    public List<(string Name, SpoolEntry Content)> Files { get; } = [];

    public NormalisedVolume? Content { get; set; }

    /// <summary>Why its files make no volume. That matters only if nothing else of its folder is what was meant.</summary>
    public OrganSegException? Refused { get; set; }
}
