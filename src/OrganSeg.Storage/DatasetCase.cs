namespace OrganSeg.Storage;

/// <summary>One case (patient) of a dataset.</summary>
public sealed record DatasetCase
{
    /// <summary>Name of the case as it came in.</summary>
    public required string Case { get; init; }

    /// <summary>Its shard, relative to the dataset version: <c>shards/….tar</c>.</summary>
    public required string Shard { get; init; }

    /// <summary>SHA-256 of the shard in hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Length of the shard in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>The slices in ordinal order of their names.</summary>
    public required IReadOnlyList<DatasetSlice> Slices { get; init; }
}
