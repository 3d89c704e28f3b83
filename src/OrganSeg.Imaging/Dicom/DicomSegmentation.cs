using OrganSeg.Imaging.Volumes;

namespace OrganSeg.Imaging.Dicom;

/// <summary>A DICOM segmentation (PS3.3, section A.51), binary or fractional, as a label volume whose ids are segment numbers.</summary>
public sealed class DicomSegmentation
{
    internal DicomSegmentation(DicomIdentity identity, LabelVolume labels, IReadOnlyList<DicomSegment> segments) =>
        (Identity, Labels, Segments) = (identity, labels, segments);

    /// <summary>Whose it is.</summary>
    public DicomIdentity Identity { get; }

    /// <summary>The number of the segment that a voxel is in; 0 where it is in none.</summary>
    public LabelVolume Labels { get; }

    /// <summary>The same as a volume of numbers; it shares the labels' memory.</summary>
    public Volume Volume => new(Labels.Geometry, VoxelType.UInt8, Labels.Planes);

    /// <summary>All segments of the file, in its order, those without any voxel too.</summary>
    public IReadOnlyList<DicomSegment> Segments { get; }

    /// <summary>Reads a file. A voxel is in a segment of fractions where these are at least half of their most.</summary>
    /// <param name="content">The whole file.</param>
    /// <param name="file">Name that errors give.</param>
    /// <param name="reference">The volume that was segmented, on whose voxels the frames must lie; null puts the planes that the
    /// file has, and those between them, one upon another.</param>
    /// <param name="maxBytes">Most voxels of the result.</param>
    /// <param name="cancellationToken">Stops between frames.</param>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Invalid"/>: no segmentation, damaged or too large, not on the voxels of the reference, or with segments
    /// that overlap, which it names; <see cref="ErrorKind.NotReady"/>: it is compressed and GDCM is not installed.
    /// </exception>
    public static Task<DicomSegmentation> ReadAsync(
        ReadOnlyMemory<byte> content, string file, VolumeGeometry? reference, long maxBytes, CancellationToken cancellationToken) =>
        DicomFile.IsDicom(content.Span)
            ? DicomSegmentationReader.ReadAsync(DicomFile.Open(content, file), reference, maxBytes, cancellationToken)
            : throw OrganSegException.Invalid(file, "is no DICOM file.");
}
