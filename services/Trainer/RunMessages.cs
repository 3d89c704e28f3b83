using Google.Protobuf.WellKnownTypes;
using OrganSeg.Storage;
using OrganSeg.Trainer.Runs;
using OrganSeg.Trainer.Training;
using OrganSeg.V1;
using RunState = OrganSeg.Storage.RunState;

namespace OrganSeg.Trainer;

/// <summary>Runs as messages.</summary>
internal static class RunMessages
{
    public static Run Of(RunDocument run) => new()
    {
        RunId = run.RunId,
        State = Of(run.State),
        SpecificationJson = run.Specification.GetRawText(),
        CreatedAt = Timestamp.FromDateTimeOffset(run.CreatedAt),
        UpdatedAt = Timestamp.FromDateTimeOffset(run.UpdatedAt),
        Epoch = (uint)run.Epoch,
        Step = (ulong)run.Step,
        Error = run.Error ?? "",
        Model = run.Model ?? "",
        ModelVersion = run.ModelVersion ?? "",
    };

    /// <param name="entry">What happened.</param>
    /// <param name="run">The run it happened in, as it was when the watcher came.</param>
    public static RunEvent Of(RunEntry entry, RunDocument run)
    {
        var message = new RunEvent { Sequence = (ulong)entry.Sequence, ElapsedSeconds = entry.Seconds };
        switch (entry)
        {
            case { State: { } state }:
                message.Run = Of(run with
                {
                    Epoch = state.Epoch,
                    Step = state.Step,
                    State = state.Value,
                    Error = state.Error,
                    Model = state.Model,
                    ModelVersion = state.ModelVersion,
                });

                // The event's own time says when; the document's is that of the watcher's arrival.
                message.Run.UpdatedAt = null;
                break;
            case { Batch: { } batch }:
                message.Batch = Of(batch);
                break;
            case { Epoch: { } epoch }:
                message.Epoch = Of(epoch);
                break;
            case { Progress: { } progress }:
                message.Progress = new Progress
                {
                    Stage = progress.Stage,
                    Done = progress.Done,
                    Total = progress.Total,
                    Unit = progress.Unit,
                };
                break;
        }

        return message;
    }

    private static BatchMetrics Of(StepResult step) => new()
    {
        Epoch = (uint)step.Epoch,
        Step = (ulong)step.Step,
        StepsPerEpoch = (uint)step.StepsPerEpoch,
        Loss = step.Loss,
        ImagesPerSecond = step.ImagesPerSecond,
        LearningRate = step.LearningRate,
        GradientNorm = step.GradientNorm,
    };

    private static EpochMetrics Of(EpochResult epoch)
    {
        var message = new EpochMetrics
        {
            Epoch = (uint)epoch.Epoch,
            Epochs = (uint)epoch.Epochs,
            TrainLoss = epoch.TrainLoss,
            ValidationLoss = epoch.ValidationLoss ?? 0,
            MeanValidationF1 = epoch.MeanF1 ?? 0,
            Best = epoch.Best,
            Seconds = epoch.Seconds,
            WaitSeconds = epoch.WaitSeconds,
        };
        foreach (var (organ, f1) in epoch.ValidationF1)
        {
            message.ValidationF1.Add(organ, f1);
        }

        return message;
    }

    private static V1.RunState Of(RunState state) => state switch
    {
        RunState.Queued => V1.RunState.Queued,
        RunState.Running => V1.RunState.Running,
        RunState.Succeeded => V1.RunState.Succeeded,
        RunState.Failed => V1.RunState.Failed,
        RunState.Cancelled => V1.RunState.Cancelled,
        _ => V1.RunState.Unspecified,
    };
}
