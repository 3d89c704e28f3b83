using OrganSeg.Ingest.Uploads;

namespace OrganSeg.Ingest.Sources;

/// <summary>One file out of an archive.</summary>
/// <param name="File">The file, by its name without folders; whoever takes it disposes of it.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Folder">The path before its name within the archive, with <c>/</c>; empty at the top.</param>
internal sealed record ArchiveFile(UploadedFile File, SourceKind Kind, string Folder)
{
    /// <summary>Whether it came from a server, as one of all that matched what was asked for.</summary>
    public bool Fetched { get; init; }
}
