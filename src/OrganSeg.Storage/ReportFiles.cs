namespace OrganSeg.Storage;

/// <summary>What a report, or the quality report of a dataset, consists of: <c>files.json</c>, by which each of its files is checked when it is read.</summary>
internal sealed record ReportFiles : IStoredDocument
{
    public static readonly IReadOnlySet<string> OutsideDigest = new HashSet<string>();

    public int Schema { get; init; } = 1;

    public required string Digest { get; init; }

    public required IReadOnlyDictionary<string, ModelFile> Files { get; init; }

    /// <summary>The document of these files.</summary>
    public static byte[] Seal(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files)
    {
        var draft = new ReportFiles { Digest = "", Files = FileNames.Describe(files) };
        return StoredJson.Serialize(draft with { Digest = SealedJson.DigestOf(draft, OutsideDigest) });
    }
}
