namespace OrganSeg.Ingest.Sources;

/// <summary>What the name of a file says of its content.</summary>
internal static class SourceName
{
    // The longer ones first: of "a.nii.gz" the stem is "a".
    private static readonly (string Extension, SourceKind Kind)[] Known =
    [
        (".nii.gz", SourceKind.Nifti), (".nii", SourceKind.Nifti), (".hdr.gz", SourceKind.NiftiHalf), (".hdr", SourceKind.NiftiHalf),
        (".img.gz", SourceKind.NiftiHalf), (".img", SourceKind.NiftiHalf), (".dcm", SourceKind.Dicom), (".zip", SourceKind.Archive),
        (".tar.gz", SourceKind.Archive), (".tgz", SourceKind.Archive), (".tar", SourceKind.Archive), (".png", SourceKind.Slice),
    ];

    /// <summary>The kind that an extension promises; null where it says nothing.</summary>
    public static SourceKind? KindOf(string name)
    {
        foreach (var (extension, kind) in Known)
        {
            if (name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
            {
                return kind;
            }
        }

        return null;
    }

    /// <summary>The name without a known extension.</summary>
    public static string StemOf(string name)
    {
        foreach (var (extension, _) in Known)
        {
            if (name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
            {
                return name[..^extension.Length];
            }
        }

        return name;
    }
}
