namespace OrganSeg.Storage;

/// <summary>How an import ended.</summary>
public enum ImportOutcome
{
    /// <summary>It is under way, or whoever worked on it died.</summary>
    Begun,

    /// <summary>Its dataset version is there.</summary>
    Sealed,

    /// <summary>It was refused or went wrong; nothing was sealed.</summary>
    Failed,

    /// <summary>Its caller gave up; nothing was sealed.</summary>
    Cancelled,
}
