using System.IO.Compression;

namespace OrganSeg.Cli.Files;

/// <summary>A volume that a user names: a NIfTI file, a zip of a DICOM series, or a folder with one.</summary>
/// <param name="Path">File or folder.</param>
/// <param name="Name">File name of its labels.</param>
internal sealed record VolumeInput(string Path, string Name)
{
    private const string Labels = ".nii.gz";

    private static readonly string[] Nifti = [".nii", Labels];

    /// <summary>What a path means as a volume; null when it is none.</summary>
    public static VolumeInput? Of(string path)
    {
        var name = System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(path));
        if (Directory.Exists(path))
        {
            return Directory.EnumerateFiles(path).Any(IsDicom) ? new VolumeInput(path, name + Labels) : null;
        }

        if (Nifti.Any(extension => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase)))
        {
            return new VolumeInput(path, name);
        }

        return path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase)
            ? new VolumeInput(path, System.IO.Path.GetFileNameWithoutExtension(name) + Labels)
            : null;
    }

    /// <summary>The bytes to send; a folder is zipped into a temporary file first, which vanishes with the stream.</summary>
    public async Task<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(Path))
        {
            return File.OpenRead(Path);
        }

        var zip = new FileStream(
            System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"organseg-{Guid.NewGuid():N}.zip"),
            new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose });
        try
        {
            using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
            {
                foreach (var file in Directory.EnumerateFiles(Path).Where(IsDicom).Order(StringComparer.Ordinal))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    await archive.CreateEntryFromFileAsync(
                        file, System.IO.Path.GetFileName(file), CompressionLevel.Fastest, cancellationToken);
                }
            }

            zip.Position = 0;
            return zip;
        }
        catch
        {
            await zip.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether a file begins as DICOM does.</summary>
    public static bool IsDicom(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[132];
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start[128..].SequenceEqual("DICM"u8);
    }
}
