using System.Text;
using OrganSeg.Ingest.Uploads;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Sources;

/// <summary>The path of an archive's entry, checked. Nothing is ever written to it; what an archive may not say it may
/// not say to the next program either.</summary>
/// <param name="Folder">Folders before the name, with <c>/</c>; empty at the top.</param>
/// <param name="Name">File name.</param>
internal readonly record struct EntryPath(string Folder, string Name)
{
    private const int MaxBytes = 1024;

    /// <summary>Whether it is what a file system or a packer leaves beside the files.</summary>
    public bool IsLitter =>
        Name.StartsWith("._", StringComparison.Ordinal) || Name is ".DS_Store" or "Thumbs.db" or "desktop.ini"
        || Folder.StartsWith("__MACOSX", StringComparison.Ordinal);

    /// <param name="path">As the archive has it.</param>
    /// <param name="archive">What errors name.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: it leads out of the archive, or is no path.
    /// </exception>
    public static EntryPath Parse(string path, string archive)
    {
        // Some packers write the backslash of their system.
        var parts = path.Replace('\\', '/').Split('/');
        if (path.Length == 0 || parts[0].Length == 0 || parts[0].EndsWith(':') || parts.Contains(".."))
        {
            throw Wrong(archive, path, "has a path that leads out of the archive");
        }

        if (Encoding.UTF8.GetByteCount(path) > MaxBytes || path.Any(char.IsControl))
        {
            throw Wrong(archive, path, $"has a path of more than {MaxBytes} bytes, or with control characters");
        }

        return new EntryPath(string.Join('/', parts.SkipLast(1).Where(part => part is not ("" or "."))), parts[^1]);
    }

    /// <summary>What a file is by the innermost folder that says it, as <c>images/</c>, <c>labels/</c> and <c>negatives/</c>
    /// do and nnU-Net's <c>imagesTr/</c> and <c>labelsTr/</c>; else what the archive was sent as.</summary>
    public FileRole RoleIn(FileRole archive)
    {
        foreach (var folder in Folder.Split('/').Reverse())
        {
            switch (folder.ToLowerInvariant())
            {
                case "images" or "imagestr" or "imagests":
                    return FileRole.Image;
                case "labels" or "labelstr" or "labelsts" or "masks":
                    return FileRole.Label;
                case "negatives":
                    return FileRole.Negative;
            }
        }

        return archive;
    }

    internal static OrganSegException Wrong(string archive, string path, string what) =>
        OrganSegException.Invalid($"{FileName.Shown(archive)}/{FileName.Shown(path)}", $"{what}; pack the archive again without it.");
}
