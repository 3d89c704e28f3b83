namespace OrganSeg.Storage;

/// <summary>
/// Where the quality report of a dataset version lies: beside its manifest, outside the digest, because a report that words things
/// otherwise leaves the data what it is. The index has the SHA-256 of each file.
/// </summary>
internal static class DatasetQuality
{
    /// <summary>The document that names the files.</summary>
    public const string Index = "files.json";

    /// <summary>The folder, with a slash behind.</summary>
    public static string FolderOf(DatasetManifest manifest) => FolderOf(VersionedFolders.Folder(manifest.Dataset, manifest.Version));

    /// <summary>The folder of the version in this folder, with a slash behind.</summary>
    public static string FolderOf(string versionFolder) => versionFolder + "quality/";
}
