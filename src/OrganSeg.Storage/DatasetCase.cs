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

    /// <summary>Pseudonym of the patient, where several cases may be of one; null where the case is all that is known.</summary>
    public string? Patient { get; init; }

    /// <summary>Where the voxels lay; null for slices that came one by one.</summary>
    public CaseGeometry? Geometry { get; init; }

    /// <summary>True where annotations are burned into the pixels by the files' own word, which was allowed; else null.</summary>
    public bool? BurnedInAnnotation { get; init; }

    /// <summary>What was odd about the volume, such as missing slices; null where nothing was.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }

    /// <summary>Fold in which it is validated, from 1; null for a case of the test part, or where no folds were made.</summary>
    public int? Fold { get; init; }

    /// <summary>The slices in ordinal order of their names.</summary>
    public required IReadOnlyList<DatasetSlice> Slices { get; init; }
}
