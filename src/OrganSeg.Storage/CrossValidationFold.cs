namespace OrganSeg.Storage;

/// <summary>One fold of a cross-validation.</summary>
public sealed record CrossValidationFold
{
    /// <summary>1 for the first.</summary>
    public required int Fold { get; init; }

    /// <summary>The run that trained its network.</summary>
    public required string RunId { get; init; }

    /// <summary>Its network as <c>model@version</c>.</summary>
    public required string Model { get; init; }

    /// <summary>Patients it was validated on.</summary>
    public required int Patients { get; init; }

    /// <summary>Slices of theirs.</summary>
    public required int Slices { get; init; }

    /// <summary>F1 by organ, pooled over these slices' pixels; undefined ones are left out.</summary>
    public required IReadOnlyDictionary<string, double> F1 { get; init; }
}
