using OrganSeg.Imaging.Dicom;

namespace OrganSeg.Imaging.Volumes;

/// <summary>Reads volumes of any kind that is known: NIfTI, or a zip of one DICOM CT series.</summary>
public static class VolumeFile
{
    /// <summary>Reads a file as it comes in. What kind it is its first bytes say.</summary>
    /// <param name="stream">Read forwards only, and left open. A zip is put aside in a temporary file meanwhile.</param>
    /// <param name="file">Name that errors give.</param>
    /// <param name="maxBytes">Most bytes of voxels, and most of a zip.</param>
    /// <param name="cancellationToken">Stops between reads.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>, naming the file and what is wrong with it.</exception>
    public static async Task<IVolumeFile> ReadAsync(Stream stream, string file, long maxBytes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var start = new byte[4];
        var got = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        using var whole = new PrefixedStream(start.AsMemory(0, got), stream);
        return got == start.Length && start is [(byte)'P', (byte)'K', 3, 4]
            ? await DicomArchive.ReadAsync(whole, file, maxBytes, cancellationToken)
            : await NiftiVolume.ReadAsync(whole, file, maxBytes, cancellationToken);
    }
}
