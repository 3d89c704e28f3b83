namespace OrganSeg.Imaging.Dicom;

/// <summary>
/// All of a header that leaves the reader beside geometry and intensity. The identifiers are there to be hashed; they
/// must reach no log, no message and no store.
/// </summary>
/// <param name="PatientId">(0010,0020), one character a byte whatever the character set; empty where it is missing.</param>
/// <param name="Study">(0020,000D), the study's UID; empty where it is missing.</param>
/// <param name="Series">(0020,000E), the series' UID; empty where it is missing.</param>
/// <param name="Modality">(0008,0060), such as <c>CT</c>; empty where it is missing or no code string.</param>
/// <param name="BurnedInAnnotation">(0028,0301): whether the pixels hold text that may name the patient; null where it is not
/// said. Of a series: true where any of its files says so, false where all deny it.</param>
/// <param name="Kind">What the file holds.</param>
public sealed record DicomIdentity(
    string PatientId, string Study, string Series, string Modality, bool? BurnedInAnnotation, DicomFileKind Kind)
{
    /// <summary>(0008,1115): of a segmentation, the UID of the series that it was drawn on; empty where it is not said, or several are named.
    /// As the other identifiers it is there to be compared and hashed.</summary>
    public string ReferencedSeries { get; init; } = "";

    /// <summary>A record's own text would name the patient.</summary>
    public override string ToString() => $"{Modality} {Kind}";
}
