namespace OrganSeg.Storage;

/// <summary>What has to hold for a write to happen. It is checked at the moment the write becomes visible.</summary>
public readonly record struct WriteCondition
{
    /// <summary>No condition: whatever is there is replaced.</summary>
    public static WriteCondition Any => default;

    /// <summary>The blob does not exist yet; else <see cref="ErrorKind.Exists"/>.</summary>
    public static WriteCondition IfAbsent => new() { RequiresAbsence = true };

    /// <summary>The blob exists with this <see cref="StoredObject.ETag"/>; else <see cref="ErrorKind.NotReady"/>.</summary>
    public static WriteCondition IfMatch(string etag)
    {
        ArgumentException.ThrowIfNullOrEmpty(etag);
        return new() { RequiredETag = etag };
    }

    internal bool RequiresAbsence { get; private init; }

    internal string? RequiredETag { get; private init; }

    /// <summary>The error of a write whose condition does not hold.</summary>
    internal OrganSegException Broken(string container, string name, Exception? inner = null) => RequiresAbsence
        ? new OrganSegException(ErrorKind.Exists, $"{container}/{name} exists already.", inner)
        : new OrganSegException(
            ErrorKind.NotReady, $"{container}/{name} was changed by someone else meanwhile; read it again and retry.", inner);
}
