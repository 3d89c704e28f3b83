namespace OrganSeg.Storage;

/// <summary>
/// Who imported what: <c>imports/{id}/import.json</c>. Holds no name of a file, a case or a patient, and no message of an error,
/// which could quote one.
/// </summary>
public sealed record ImportRecord : IStoredDocument
{
    /// <inheritdoc/>
    public int Schema { get; init; } = 1;

    /// <summary>Rises with the time at which it began. Filled in when it is written.</summary>
    public string Id { get; init; } = "";

    /// <summary>When it began. Filled in when it is written.</summary>
    public DateTimeOffset BegunAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>How it ended.</summary>
    public ImportOutcome Outcome { get; init; }

    /// <summary>Kind of what went wrong; null for a defect of the service, too.</summary>
    public ErrorKind? Error { get; init; }

    /// <summary>The caller's name; null when the caller gave none.</summary>
    public string? User { get; init; }

    /// <summary>Whether the name was proved, rather than stated by the caller.</summary>
    public bool UserIsAuthenticated { get; init; }

    /// <summary>Network address of the caller, or of the proxy in between.</summary>
    public string? Address { get; init; }

    /// <summary>Name of the dataset.</summary>
    public required string Dataset { get; init; }

    /// <summary>Its version, once it is sealed. An import of what was sealed already has the version that was there.</summary>
    public string? Version { get; init; }

    /// <summary>SHA-256 of its content, once it is sealed.</summary>
    public string? Digest { get; init; }

    /// <summary>Files that came in, those in archives and from DICOMweb servers among them.</summary>
    public long Files { get; init; }

    /// <summary>Slices that were sealed.</summary>
    public long Slices { get; init; }

    /// <summary>Cases that were sealed.</summary>
    public int Cases { get; init; }

    /// <summary>DICOMweb servers it was fetched from, as this service's configuration names them.</summary>
    public IReadOnlyList<string> Servers { get; init; } = [];

    /// <summary>Whether names of PNG and NIfTI cases became pseudonyms; those of DICOM series always do.</summary>
    public bool Pseudonyms { get; init; }

    /// <summary>Whether images with annotations burned into their pixels were allowed.</summary>
    public bool AllowBurnedIn { get; init; }

    /// <summary>Whether a split that leaks was allowed.</summary>
    public bool AllowLeakage { get; init; }
}
