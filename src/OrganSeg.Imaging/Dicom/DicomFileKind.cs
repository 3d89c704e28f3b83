namespace OrganSeg.Imaging.Dicom;

/// <summary>What a DICOM file holds.</summary>
public enum DicomFileKind
{
    /// <summary>No pixels: a directory, a report, a plan.</summary>
    Other,

    /// <summary>An image of any modality, single-frame or multi-frame.</summary>
    Image,

    /// <summary>A segmentation (DICOM SEG).</summary>
    Segmentation,
}
