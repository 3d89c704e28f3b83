namespace OrganSeg.Storage;

/// <summary>Where a training run stands.</summary>
public enum RunState
{
    /// <summary>Waits for a trainer.</summary>
    Queued,

    /// <summary>A trainer works on it.</summary>
    Running,

    /// <summary>Done; its model is published.</summary>
    Succeeded,

    /// <summary>Ended with an error; can be queued again.</summary>
    Failed,

    /// <summary>Ended because somebody asked for it; can be queued again.</summary>
    Cancelled,
}
