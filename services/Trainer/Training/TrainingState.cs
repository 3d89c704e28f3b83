namespace OrganSeg.Trainer.Training;

/// <summary>Where a run stands; with weights and moments, all that continuing it to the bit takes.</summary>
internal sealed record TrainingState
{
    /// <summary>Epochs done, validation included.</summary>
    public int Epoch { get; init; }

    /// <summary>Steps done of the epoch that follows.</summary>
    public int StepInEpoch { get; init; }

    /// <summary>Steps done in the run.</summary>
    public long Step { get; init; }

    /// <summary>Sum of the losses of the steps done of the epoch that follows.</summary>
    public double LossSum { get; init; }

    /// <summary>Seconds of training and validation.</summary>
    public double Seconds { get; init; }

    /// <summary>Seconds of the epoch that follows.</summary>
    public double EpochSeconds { get; init; }

    /// <summary>Seconds of these that training waited for its batches.</summary>
    public double WaitSeconds { get; init; }

    /// <summary>Seconds that the latest validation took; 0 before the first.</summary>
    public double ValidationSeconds { get; init; }

    /// <summary>The best epoch; 0 before the first.</summary>
    public int BestEpoch { get; init; }

    /// <summary>What <see cref="EpochResult.Score"/> was in the best epoch.</summary>
    public double BestScore { get; init; }

    /// <summary>What the schedule's learning rate is multiplied by: less than one after a plateau or a rollback.</summary>
    public double RateFactor { get; init; } = 1;

    /// <summary>Last epoch after which the plateau schedule lowered the learning rate; 0 for none.</summary>
    public int LoweredAfter { get; init; }

    /// <summary>How often the run went back to a checkpoint because it diverged.</summary>
    public int Rollbacks { get; init; }

    /// <summary>F1 by organ in the best epoch.</summary>
    public IReadOnlyDictionary<string, double> BestF1 { get; init; } = new Dictionary<string, double>();
}
