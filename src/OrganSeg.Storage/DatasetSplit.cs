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

    /// <summary>
    /// Whether slices of one case, or slices that are nearly equal, are known to be in more than one part, which inflates every score.
    /// </summary>
    public required bool Leaky { get; init; }

    /// <summary>Seed of the division; null when nothing was drawn.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Folds of the cases outside the test part, each in <see cref="DatasetCase.Fold"/>; null where none were made.</summary>
    public int? Folds { get; init; }

    /// <summary>
    /// Slices of the validation and test parts that are nearly equal to slices of another part; null when none were found, or the
    /// version was sealed before they were looked for.
    /// </summary>
    public int? NearDuplicates { get; init; }

    /// <summary>Why it was sealed although a part has nearly the slices of another; null where nothing had to be overridden.</summary>
    public string? LeakageOverride { get; init; }
}
