namespace OrganSeg.Storage;

/// <summary>Where a case came from, as far as it was a volume.</summary>
public sealed record CaseOrigin
{
    /// <inheritdoc cref="DatasetCase.Patient"/>
    public string? Patient { get; init; }

    /// <inheritdoc cref="DatasetCase.Geometry"/>
    public CaseGeometry? Geometry { get; init; }

    /// <inheritdoc cref="DatasetCase.BurnedInAnnotation"/>
    public bool? BurnedInAnnotation { get; init; }

    /// <inheritdoc cref="DatasetCase.Warnings"/>
    public IReadOnlyList<string>? Warnings { get; init; }
}
