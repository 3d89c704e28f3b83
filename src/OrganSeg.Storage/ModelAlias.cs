namespace OrganSeg.Storage;

/// <summary>A name that points at one model version and can be moved, such as <c>production</c>.</summary>
public sealed record ModelAlias : IStoredDocument
{
    /// <inheritdoc/>
    public int Schema { get; init; } = 1;

    /// <summary>The alias.</summary>
    public required string Alias { get; init; }

    /// <summary>Model it points at.</summary>
    public required string Model { get; init; }

    /// <summary>Version it points at.</summary>
    public required string Version { get; init; }

    /// <summary>Model it pointed at before; null when it was new.</summary>
    public string? PreviousModel { get; init; }

    /// <summary>Version it pointed at before.</summary>
    public string? PreviousVersion { get; init; }

    /// <summary>When it was moved last.</summary>
    public required DateTimeOffset MovedAt { get; init; }
}
