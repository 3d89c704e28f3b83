namespace OrganSeg.Cli.Files;

/// <summary>Volumes of two NIfTI files: <c>.hdr</c> and <c>.img</c>, each of which may be compressed (<c>.gz</c>).</summary>
internal static class NiftiPair
{
    /// <summary>Extensions of the header, the longer one first.</summary>
    public static readonly IReadOnlyList<string> Headers = [".hdr.gz", ".hdr"];

    private static readonly string[] Images = [".img.gz", ".img"];

    /// <summary>The header that belongs to a file of voxels; any other path as it is.</summary>
    /// <exception cref="OrganSegException">There is none.</exception>
    public static string HeaderOf(string path) => Other(path, Images, Headers, "header");

    /// <summary>The files of a volume: the header and the voxels that belong to it, or one file that is all.</summary>
    /// <exception cref="OrganSegException">The voxels are missing.</exception>
    public static IReadOnlyList<string> FilesOf(string path) =>
        Other(path, Headers, Images, "voxels") is var image && image != path ? [path, image] : [path];

    private static string Other(string path, IEnumerable<string> own, IReadOnlyList<string> others, string what)
    {
        if (own.FirstOrDefault(extension => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase)) is not { } found)
        {
            return path;
        }

        var stem = path[..^found.Length];
        return others.Select(extension => stem + extension).FirstOrDefault(File.Exists)
            ?? throw OrganSegException.Invalid(path, $"is half of a NIfTI pair; its {what}, {Path.GetFileName(stem)}{others[^1]}, is not beside it");
    }
}
