using OrganSeg.Trainer.Training;
using OrganSeg.Trainer.Watching;

namespace OrganSeg.Trainer.Runs;

/// <summary>Writes what a training loop tells into journal, checkpoints, spans and metrics.</summary>
internal sealed class RunRecorder(
    RunJournal journal, RunCheckpoints checkpoints, RunViews views, TrainerTelemetry telemetry, TrainerOptions options)
    : ITrainingWatcher
{
    private System.Diagnostics.Activity? _epoch;

    public TimeSpan CheckpointInterval { get; } = TimeSpan.FromMinutes(options.CheckpointMinutes);

    public IDisposable? EpochStarts(int epoch)
    {
        _epoch = telemetry.Start("train.epoch");
        _epoch?.SetTag("organseg.epoch", epoch);
        return _epoch;
    }

    public IDisposable? ValidationStarts() => telemetry.Start("train.validate");

    public void StepDone(StepResult step, int images, double seconds)
    {
        journal.Add(step);
        telemetry.StepDone(step, seconds, images);
    }

    public void EpochDone(EpochResult epoch)
    {
        epoch = epoch with { MemoryBytes = Environment.WorkingSet };
        journal.Add(epoch);
        telemetry.EpochDone(epoch);
        _epoch?.SetTag("organseg.wait.seconds", epoch.Seconds * epoch.WaitShare);
        _epoch?.SetTag("organseg.loss", epoch.TrainLoss);
        _epoch?.SetTag("organseg.validation.f1", epoch.MeanF1);
    }

    public async Task SaveAsync(
        CheckpointKind kind, TrainingState state, TrainingSession session, ComputeThread compute, CancellationToken cancellationToken)
    {
        using var activity = telemetry.Start("train.checkpoint");
        activity?.SetTag("organseg.checkpoint", kind.ToString());
        _epoch?.SetTag("organseg.steps", state.Step);
        if (kind == CheckpointKind.Best)
        {
            await checkpoints.SaveBestAsync(session, compute, cancellationToken);
        }
        else
        {
            await checkpoints.SaveLastAsync(state, session, compute, cancellationToken);
            views.SaveEvents();
            await views.DrawAsync(state, session, compute, isLast: false, cancellationToken);
        }
    }

    public void RollsBack(string diagnosis)
    {
        journal.Add(new ProgressEntry($"roll back: {diagnosis}", 0, 1, "checkpoint"));
        _epoch?.Fail("Diverged", "Training diverged and goes on from the last checkpoint. Lower learningRate if it does so again.");
    }

    public Task<TrainingState> RestoreAsync(TrainingSession session, ComputeThread compute, CancellationToken cancellationToken) =>
        checkpoints.LoadAsync(session, compute, cancellationToken);
}
