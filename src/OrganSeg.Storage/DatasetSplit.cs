namespace OrganSeg.Storage;

/// <summary>How the slices of a dataset were divided.</summary>
public sealed record DatasetSplit
{
    /// <summary>The part networks learn from.</summary>
    public const string Train = "train";

    /// <summary>The part that chooses between checkpoints.</summary>
    public const string Validation = "validation";

    /// <summary>The part that is only measured.</summary>
    public const string Test = "test";

    /// <summary><c>patient</c> (whole cases), <c>slice</c> (each slice by itself) or <c>table</c> (given from outside).</summary>
    public required string Policy { get; init; }

    /// <summary>Whether slices of one case are in more than one part, which inflates every score.</summary>
    public required bool Leaky { get; init; }

    /// <summary>Seed of the division; null when nothing was drawn.</summary>
    public ulong? Seed { get; init; }
}
