namespace OrganSeg.Imaging.Dicom;

/// <summary>How a file's data set is encoded (DICOM PS3.5, section 10).</summary>
/// <param name="Explicit">Whether each element says its value representation.</param>
/// <param name="BigEndian">Byte order.</param>
/// <param name="Deflated">Whether the data set is compressed as a whole.</param>
/// <param name="Encapsulated">Whether the pixels are, as JPEG for one.</param>
internal readonly record struct DicomSyntax(bool Explicit, bool BigEndian = false, bool Deflated = false, bool Encapsulated = false)
{
    private const string Dicom = "1.2.840.10008.1.2";

    /// <summary>The encoding that a transfer syntax UID names; null of one that is not known.</summary>
    public static DicomSyntax? Of(string uid) => uid switch
    {
        Dicom => new DicomSyntax(Explicit: false),
        Dicom + ".1" => new DicomSyntax(Explicit: true),
        Dicom + ".1.99" => new DicomSyntax(Explicit: true, Deflated: true),
        Dicom + ".2" => new DicomSyntax(Explicit: true, BigEndian: true),
        Dicom + ".5" => new DicomSyntax(Explicit: true, Encapsulated: true),
        _ when uid.StartsWith(Dicom + ".4.", StringComparison.Ordinal) => new DicomSyntax(Explicit: true, Encapsulated: true),
        _ => null,
    };
}
