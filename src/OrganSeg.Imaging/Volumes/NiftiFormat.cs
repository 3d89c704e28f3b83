namespace OrganSeg.Imaging.Volumes;

/// <summary>How a NIfTI file is to be written.</summary>
/// <param name="IsSecond">NIfTI-2, whose affine has doubles. A volume with more than 32,767 voxels along an axis, which NIfTI-1
/// cannot say, is written so in any case.</param>
/// <param name="IsBigEndian">Byte order.</param>
/// <param name="IsCompressed">Whether to write .nii.gz.</param>
public readonly record struct NiftiFormat(bool IsSecond = false, bool IsBigEndian = false, bool IsCompressed = false);
