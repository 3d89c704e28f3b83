namespace OrganSeg.Storage;

/// <summary>What a cross-validation measured: every patient was predicted once, by the network that had not seen it.</summary>
public sealed record CrossValidationResult
{
    /// <summary>The folds, the first one first.</summary>
    public required IReadOnlyList<CrossValidationFold> Folds { get; init; }

    /// <summary>Scores by organ; organs that are nowhere are left out.</summary>
    public required IReadOnlyDictionary<string, CrossValidationScore> Organs { get; init; }
}
