namespace OrganSeg.Storage;

/// <summary>What a report consists of: <c>files.json</c>, by which each of its files is checked when it is read.</summary>
internal sealed record ReportFiles : IStoredDocument
{
    public static readonly IReadOnlySet<string> OutsideDigest = new HashSet<string>();

    public int Schema { get; init; } = 1;

    public required string Digest { get; init; }

    public required IReadOnlyDictionary<string, ModelFile> Files { get; init; }
}
