namespace OrganSeg.Trainer.Training;

/// <summary>What a training loop tells while it works. The journal of a run listens; tests listen without a store.</summary>
internal interface ITrainingWatcher
{
    /// <summary>Longest time of training that a crash may cost.</summary>
    TimeSpan CheckpointInterval { get; }

    /// <summary>The result is disposed of when the epoch is over.</summary>
    IDisposable? EpochStarts(int epoch);

    /// <summary>The result is disposed of when the validation is over.</summary>
    IDisposable? ValidationStarts();

    /// <summary>A step over so many images took so many seconds.</summary>
    void StepDone(StepResult step, int images, double seconds);

    void EpochDone(EpochResult epoch);

    /// <summary>Keeps a checkpoint; the session stands still meanwhile.</summary>
    Task SaveAsync(
        CheckpointKind kind, TrainingState state, TrainingSession session, ComputeThread compute, CancellationToken cancellationToken);

    /// <summary>Training diverged and goes back to the last checkpoint.</summary>
    void RollsBack(string diagnosis);

    /// <summary>Puts the session where the last checkpoint left it, or at the beginning.</summary>
    Task<TrainingState> RestoreAsync(TrainingSession session, ComputeThread compute, CancellationToken cancellationToken);
}
