namespace OrganSeg.Storage;

/// <summary>One slice of a case.</summary>
public sealed record DatasetSlice
{
    /// <summary>Name of the slice as it came in, without extension; unique within its case.</summary>
    public required string Name { get; init; }

    /// <summary><c>train</c>, <c>validation</c> or <c>test</c>.</summary>
    public required string Split { get; init; }

    /// <summary>Width before preprocessing, pixels.</summary>
    public required int SourceWidth { get; init; }

    /// <summary>Height before preprocessing, pixels.</summary>
    public required int SourceHeight { get; init; }

    /// <summary>Whether it was given as a slice without any organ.</summary>
    public required bool Negative { get; init; }

    /// <summary>Place in the volume that it was cut from, 0 nearest to the feet; null for a slice that came by itself.</summary>
    public int? Place { get; init; }

    /// <summary>Pixels of each class of the label schema at network size; classes with none are left out.</summary>
    public required IReadOnlyDictionary<string, long> Pixels { get; init; }
}
