using OrganSeg.Cli.Files;
using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>A NIfTI volume, an archive, or a folder of DICOM files.</summary>
/// <param name="Path">Full path; of a pair of NIfTI files the header's.</param>
/// <param name="Stem">Its name without extension, which its label volume has, too.</param>
/// <param name="IsArchive">Whether it may hold anything, label maps among it.</param>
internal sealed record ImportVolume(string Path, string Stem, bool IsArchive)
{
    private static readonly string[] Nifti = [".nii.gz", ".nii", .. NiftiPair.Headers];
    private static readonly string[] Archives = [".zip", ".tar.gz", ".tgz", ".tar"];

    /// <summary>File name, or name of the folder.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>What a path means; null when it is none of these.</summary>
    /// <exception cref="OrganSegException">It is half of a pair.</exception>
    public static ImportVolume? Of(string path)
    {
        if (Directory.Exists(path))
        {
            return Directory.EnumerateFiles(path).Any(VolumeInput.IsDicom)
                ? new ImportVolume(path, System.IO.Path.GetFileName(path), IsArchive: false)
                : null;
        }

        path = NiftiPair.HeaderOf(path);
        var name = System.IO.Path.GetFileName(path);
        return StemOf(name, Nifti) is { } nifti ? new ImportVolume(path, nifti, IsArchive: false)
            : StemOf(name, Archives) is { } archive ? new ImportVolume(path, archive, IsArchive: true)
            : null;
    }

    /// <summary>Whether a name is one of an archive.</summary>
    public static bool IsArchiveName(string name) => StemOf(name, Archives) is not null;

    /// <summary>The name of a label volume, NIfTI or DICOM SEG, without its extension; null of another file.</summary>
    public static string? LabelStem(string name) => StemOf(name, [.. Nifti, ".dcm"]);

    /// <summary>What to send, in a role.</summary>
    /// <exception cref="OrganSegException">It is half of a pair.</exception>
    public IEnumerable<ImportFile> ToFiles(FileRole role) => Directory.Exists(Path)
        ? [new ImportFile(role, Path) { Name = Stem + ".zip" }]
        : NiftiPair.FilesOf(Path).Select(file => new ImportFile(role, file));

    private static string? StemOf(string name, string[] extensions) =>
        Array.Find(extensions, extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase)) is { } found ? name[..^found.Length] : null;
}
