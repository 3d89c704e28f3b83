using OrganSeg.Imaging.Volumes;

namespace OrganSeg.Imaging.Dicom;

/// <summary>A CT series as a volume. Its labels are written as NIfTI.</summary>
internal sealed class DicomVolume(Volume volume, IReadOnlyList<string> warnings) : IVolumeFile
{
    public Volume Volume => volume;

    public bool IsCompressed => true;

    public IReadOnlyList<string> Warnings => warnings;

    public Task WriteLabelsAsync(Stream stream, LabelVolume labels, bool compress, CancellationToken cancellationToken) =>
        NiftiWriter.WriteAsync(stream, labels, new NiftiFormat(IsCompressed: compress), cancellationToken);
}
