using OrganSeg.V1;

namespace OrganSeg.Ingest.Uploads;

/// <summary>A file that an upload names.</summary>
/// <param name="Role">Image, label or negative.</param>
/// <param name="Name">Without folders, checked.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Digest">SHA-256 of its content.</param>
internal sealed record StoredFile(FileRole Role, string Name, long Length, ContentDigest Digest);
