namespace OrganSeg;

/// <summary>What kind of expected failure happened. The set is closed; each kind has one gRPC status.</summary>
public enum ErrorKind
{
    /// <summary>The input is wrong and stays wrong when sent again (InvalidArgument).</summary>
    Invalid,

    /// <summary>What was named does not exist (NotFound).</summary>
    Missing,

    /// <summary>What should be made exists already (AlreadyExists).</summary>
    Exists,

    /// <summary>The state does not allow it now, or changed meanwhile (FailedPrecondition).</summary>
    NotReady,

    /// <summary>A limit is reached; try again after <see cref="OrganSegException.RetryAfter"/> (ResourceExhausted).</summary>
    Quota,

    /// <summary>Something this process depends on failed or did not answer (Unavailable).</summary>
    Dependency,

    /// <summary>The caller gave up or a run was cancelled (Cancelled).</summary>
    Cancelled,

    /// <summary>Stored data does not match its digest or format (DataLoss).</summary>
    Corrupt,
}
