namespace OrganSeg.Trainer.Runs;

/// <summary>Why a run may not be worked on any more.</summary>
internal enum LeaseEnd
{
    /// <summary>It may.</summary>
    None,

    /// <summary>The process is stopping; the run goes on elsewhere or later.</summary>
    Stopping,

    /// <summary>Someone asked for the run to be cancelled.</summary>
    Cancelled,

    /// <summary>Another process took the run over.</summary>
    Lost,
}
