namespace OrganSeg.Ingest.Sources;

/// <summary>What a file that comes in holds.</summary>
internal enum SourceKind
{
    /// <summary>One slice or its label map, as PNG.</summary>
    Slice,

    /// <summary>A volume or its label map, as NIfTI.</summary>
    Nifti,

    /// <summary>The header or the voxels of a volume or its label map, as a pair of NIfTI files.</summary>
    NiftiHalf,

    /// <summary>A part of a series.</summary>
    Dicom,

    /// <summary>A zip, tar or tar.gz of the others.</summary>
    Archive,
}
