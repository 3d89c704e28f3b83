using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>One file to import, or a folder of DICOM files, which is packed before it is sent.</summary>
/// <param name="Role">What it is.</param>
/// <param name="Path">Where it lies.</param>
internal sealed record ImportFile(FileRole Role, string Path)
{
    /// <summary>What the service knows it by.</summary>
    public string Name { get; init; } = System.IO.Path.GetFileName(Path);

    /// <summary>Whether it is a folder.</summary>
    public bool IsFolder => Directory.Exists(Path);
}
