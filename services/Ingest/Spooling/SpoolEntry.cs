namespace OrganSeg.Ingest.Spooling;

/// <summary>Where a piece of data lies in a <see cref="Spool"/>.</summary>
/// <param name="Offset">First byte in the file.</param>
/// <param name="StoredBytes">Bytes in the file, compressed.</param>
/// <param name="Bytes">Bytes of the data.</param>
internal readonly record struct SpoolEntry(long Offset, int StoredBytes, int Bytes);
