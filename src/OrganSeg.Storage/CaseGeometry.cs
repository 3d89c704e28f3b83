namespace OrganSeg.Storage;

/// <summary>Where the voxels of the volume lay that a case was cut from.</summary>
public sealed record CaseGeometry
{
    /// <summary>The <see cref="Source"/> of NIfTI volumes.</summary>
    public const string Nifti = "nifti";

    /// <summary>The <see cref="Source"/> of DICOM series.</summary>
    public const string Dicom = "dicom";

    /// <summary><see cref="Nifti"/> or <see cref="Dicom"/>.</summary>
    public required string Source { get; init; }

    /// <summary>Voxels along the file's three axes.</summary>
    public required IReadOnlyList<int> Lengths { get; init; }

    /// <summary>Row-major 3×4, from voxel to millimetres: +x to the patient's right, +y to the front, +z to the head.</summary>
    public required IReadOnlyList<double> Affine { get; init; }

    /// <summary>Where the file's axes point to, of R/L, A/P and S/I, such as <c>RAS</c>.</summary>
    public required string Orientation { get; init; }

    /// <summary>From one row of a slice to the next, millimetres.</summary>
    public required double RowSpacingMm { get; init; }

    /// <summary>From one column of a slice to the next, millimetres.</summary>
    public required double ColumnSpacingMm { get; init; }

    /// <summary>From one slice to the next, millimetres.</summary>
    public required double SliceDistanceMm { get; init; }
}
