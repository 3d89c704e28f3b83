using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>One file to import.</summary>
/// <param name="Role">What it is.</param>
/// <param name="Path">Where it lies.</param>
internal sealed record ImportFile(FileRole Role, string Path)
{
    /// <summary>What the service knows it by.</summary>
    public string Name => System.IO.Path.GetFileName(Path);
}
