namespace OrganSeg.Ingest.Spooling;

/// <summary>Where a piece of data lies in a <see cref="Spool"/>.</summary>
/// <param name="Offset">First byte in the file.</param>
/// <param name="StoredBytes">Bytes in the file.</param>
/// <param name="Bytes">Bytes of the data.</param>
/// <param name="Compressed">Whether the file has it compressed.</param>
internal readonly record struct SpoolEntry(long Offset, int StoredBytes, int Bytes, bool Compressed = true);
