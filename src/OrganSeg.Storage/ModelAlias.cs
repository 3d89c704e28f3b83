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

    /// <summary>A version that answers a share of the requests by this alias; null when there is none.</summary>
    public ModelRollout? Canary { get; init; }

    /// <summary>A version that is run beside on a share of the requests, only to be compared; null when there is none.</summary>
    public ModelRollout? Shadow { get; init; }

    /// <summary>When it was moved last.</summary>
    public required DateTimeOffset MovedAt { get; init; }
}
