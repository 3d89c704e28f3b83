namespace OrganSeg.Ingest.Uploads;

/// <summary>What is there of one content. <see cref="ContentStore"/> guards it.</summary>
internal sealed class StoredContent(ContentDigest digest, long length)
{
    /// <summary>SHA-256 of the whole.</summary>
    public ContentDigest Digest => digest;

    /// <summary>Bytes of the whole.</summary>
    public long Length => length;

    /// <summary>Where it lies; null while nothing of it came.</summary>
    public StoredSegment? Segment { get; set; }

    /// <summary>Its first byte in the segment.</summary>
    public long Offset { get; set; }

    /// <summary>Bytes that came, from the first on.</summary>
    public long Written { get; set; }

    /// <summary>Bytes that are flushed and in the journal, from the first on.</summary>
    public long Durable { get; set; }

    /// <summary>Files of uploads that have it.</summary>
    public int References { get; set; }

    public bool IsWhole => Durable == Length;

    private string DataPath => Segment?.DataPath ?? throw new InvalidOperationException("Nothing of this content came.");

    /// <summary>Nothing of it is there any more.</summary>
    public void Lose()
    {
        Segment?.Contents.Remove(this);
        (Segment, Offset, Written, Durable) = (null, 0, 0, 0);
    }

    /// <summary>All its bytes, unchecked. Only of one that is whole and small.</summary>
    /// <exception cref="IOException">The disk has lost it, or refuses.</exception>
    public async Task<byte[]> ReadAsync(CancellationToken cancellationToken)
    {
        using var file = File.OpenHandle(
            DataPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
        var bytes = new byte[Length];
        for (var filled = 0; filled < bytes.Length;)
        {
            var read = await RandomAccess.ReadAsync(file, bytes.AsMemory(filled), Offset + filled, cancellationToken);
            filled += read > 0 ? read : throw new EndOfStreamException();
        }

        return bytes;
    }

    /// <summary>Whether the file is what its SHA-256 says. Only of one that came as a whole and has a segment to itself.</summary>
    /// <exception cref="IOException">The disk has lost it, or refuses.</exception>
    public async Task<bool> IsIntactAsync(CancellationToken cancellationToken)
    {
        await using var file = new FileStream(
            DataPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 17, FileOptions.Asynchronous);
        return file.Length == Length && await ContentDigest.OfAsync(file, cancellationToken) == Digest;
    }
}
