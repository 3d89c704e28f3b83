namespace OrganSeg.Ingest.Quality;

/// <summary>How much a finding matters.</summary>
internal enum Severity
{
    /// <summary>Something to know.</summary>
    Note,

    /// <summary>Something that is probably wrong.</summary>
    Warning,
}
