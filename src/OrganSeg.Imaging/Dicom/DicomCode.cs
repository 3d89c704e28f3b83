namespace OrganSeg.Imaging.Dicom;

/// <summary>A coded concept (DICOM PS3.3, section 8.8), such as <c>10200004</c> of <c>SCT</c>, "Liver".</summary>
/// <param name="Value">(0008,0100); tells the concept together with the scheme.</param>
/// <param name="Scheme">(0008,0102), who defines the value.</param>
/// <param name="Meaning">(0008,0104), for people; as the file has it.</param>
public sealed record DicomCode(string Value, string Scheme, string Meaning);
