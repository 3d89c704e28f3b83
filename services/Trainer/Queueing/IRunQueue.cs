namespace OrganSeg.Trainer.Queueing;

/// <summary>
/// How Trainers hear that a run can be taken. The truth stays in the store: a run's document under its ETag is what keeps two
/// Trainers from one run, and whoever looks through the store finds a run of which no word came.
/// </summary>
internal interface IRunQueue
{
    /// <summary>How long to wait at most before asking again.</summary>
    TimeSpan Poll { get; }

    /// <summary>From one look through the store to the next.</summary>
    TimeSpan Sweep { get; }

    /// <summary>How long a waiting run is left to those who hear of it before it is taken out of the store without.</summary>
    TimeSpan Grace { get; }

    /// <summary>Says that a run can be taken. A queue that is away costs time and never the run.</summary>
    Task AnnounceAsync(string runId, CancellationToken cancellationToken);

    /// <summary>The next run to take, or null. Never fails because the queue is away.</summary>
    Task<RunTicket?> ReceiveAsync(CancellationToken cancellationToken);
}
