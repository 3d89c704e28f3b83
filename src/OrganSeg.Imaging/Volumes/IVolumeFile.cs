namespace OrganSeg.Imaging.Volumes;

/// <summary>A volume as it came, and the way to write labels of its voxels.</summary>
public interface IVolumeFile
{
    /// <summary>The voxels.</summary>
    Volume Volume { get; }

    /// <summary>Whether labels are to be compressed, as the volume was.</summary>
    bool IsCompressed { get; }

    /// <summary>What is odd about the volume and does not keep it from being used; empty of most.</summary>
    IReadOnlyList<string> Warnings { get; }

    /// <summary>Writes class ids as an 8-bit NIfTI file over the same voxels.</summary>
    /// <param name="stream">Left open.</param>
    /// <param name="labels">Over this volume's voxels.</param>
    /// <param name="compress">Whether to write .nii.gz.</param>
    /// <param name="cancellationToken">Stops between writes.</param>
    Task WriteLabelsAsync(Stream stream, LabelVolume labels, bool compress, CancellationToken cancellationToken);
}
