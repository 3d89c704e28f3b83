namespace OrganSeg.Ingest.Export;

/// <summary>One file of an export.</summary>
/// <param name="Name">Its name, with folders before it divided by '/'.</param>
/// <param name="Content">All of it.</param>
internal sealed record ExportedFile(string Name, ReadOnlyMemory<byte> Content);
