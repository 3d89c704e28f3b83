namespace OrganSeg.Imaging.Dicom;

/// <summary>What a segment of a DICOM segmentation is of; there to be mapped to a class. Its texts are the file's own, and nobody
/// knows what somebody has written there.</summary>
/// <param name="Number">(0062,0004), 1 to 255: the id of its voxels.</param>
/// <param name="Label">(0062,0005), for people; empty where it is missing.</param>
/// <param name="Category">(0062,0003), such as anatomical structure; null where it is missing.</param>
/// <param name="Property">(0062,000F), such as liver; null where it is missing.</param>
public sealed record DicomSegment(int Number, string Label, DicomCode? Category, DicomCode? Property)
{
    /// <summary>As errors call it.</summary>
    internal string Name => Label.Length > 0 ? $"{Number} \"{Label}\"" : Property is { } code ? $"{Number} \"{code.Meaning}\"" : $"{Number}";
}
