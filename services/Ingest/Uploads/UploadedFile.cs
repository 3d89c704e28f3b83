using OrganSeg.V1;

namespace OrganSeg.Ingest.Uploads;

/// <summary>One whole file of an import, as it was sent.</summary>
/// <param name="Role">Image, label or negative.</param>
/// <param name="Name">As the client gave it: not checked yet.</param>
/// <param name="Content">The bytes of the file.</param>
internal sealed record UploadedFile(FileRole Role, string Name, ReadOnlyMemory<byte> Content);
