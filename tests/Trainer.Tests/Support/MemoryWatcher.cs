using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Tests.Support;

/// <summary>Remembers what a loop tells, and its last checkpoint.</summary>
internal sealed class MemoryWatcher : ITrainingWatcher
{
    public List<StepResult> Steps { get; } = [];

    public List<EpochResult> Epochs { get; } = [];

    public List<CheckpointKind> Saved { get; } = [];

    public byte[] Last { get; private set; } = [];

    /// <summary>Called after each step.</summary>
    public Action<StepResult> OnStep { get; init; } = _ => { };

    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.MaxValue;

    public IDisposable? EpochStarts(int epoch) => null;

    public IDisposable? ValidationStarts() => null;

    public void StepDone(StepResult step, int images, double seconds)
    {
        Steps.Add(step);
        OnStep(step);
    }

    public void EpochDone(EpochResult epoch) => Epochs.Add(epoch);

    public async Task SaveAsync(
        CheckpointKind kind, TrainingState state, TrainingSession session, ComputeThread compute, CancellationToken cancellationToken)
    {
        Saved.Add(kind);
        if (kind == CheckpointKind.Last)
        {
            Last = await compute.RunAsync(() => Checkpoint.Write(session, state));
        }
    }

    public List<string> Rollbacks { get; } = [];

    public void RollsBack(string diagnosis) => Rollbacks.Add(diagnosis);

    public Task<TrainingState> RestoreAsync(TrainingSession session, ComputeThread compute, CancellationToken cancellationToken) =>
        compute.RunAsync(() => Checkpoint.Load(session, Last, "last"));
}
