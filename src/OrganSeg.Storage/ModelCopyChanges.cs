namespace OrganSeg.Storage;

/// <summary>In what a copy of a model version differs from it.</summary>
public sealed record ModelCopyChanges
{
    /// <summary>Name of the model there; null keeps it.</summary>
    public string? Name { get; init; }

    /// <summary>Files that are not copied.</summary>
    public IReadOnlyCollection<string> LeftOut { get; init; } = [];

    /// <summary>Terms and credits of the data; null leaves them as they are.</summary>
    public string? Notice { get; init; }

    /// <summary>Whether it does not differ at all.</summary>
    public bool AreNone => Name is null && LeftOut.Count == 0 && Notice is null;
}
