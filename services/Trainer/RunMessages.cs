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
        Members = { run.Members },
        Parent = run.Parent ?? "",
        CrossValidation = run.CrossValidation is { } result ? Of(result) : null,
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
        PredictedMemoryBytes = (ulong)(run.PredictedMemoryBytes ?? 0),
        PeakMemoryBytes = (ulong)(run.PeakMemoryBytes ?? 0),
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
                // So it is with memory: it belongs to the run and not to one event.
                message.Run.UpdatedAt = null;
                (message.Run.PredictedMemoryBytes, message.Run.PeakMemoryBytes) = (0, 0);
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
            MemoryBytes = (ulong)epoch.MemoryBytes,
        };
        foreach (var (organ, f1) in epoch.ValidationF1)
        {
            message.ValidationF1.Add(organ, f1);
        }

        return message;
    }

    private static CrossValidation Of(CrossValidationResult result) => new()
    {
        Folds =
        {
            result.Folds.Select(fold => new FoldScores
            {
                Fold = (uint)fold.Fold,
                RunId = fold.RunId,
                Model = fold.Model,
                Patients = (uint)fold.Patients,
                Slices = (uint)fold.Slices,
                F1 = { fold.F1.ToDictionary() },
            }),
        },
        Organs =
        {
            result.Organs.ToDictionary(organ => organ.Key, organ =>
            {
                var score = new CrossValidatedScore { Pooled = organ.Value.Pooled, Mean = organ.Value.Mean, Folds = (uint)organ.Value.Folds };
                if (organ.Value.Deviation is { } deviation)
                {
                    score.Deviation = deviation;
                }

                return score;
            }),
        },
    };

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
