using OrganSeg.Imaging;
using OrganSeg.Trainer.Specifications;

namespace OrganSeg.Trainer.Training;

/// <summary>Trains until the epochs are done or the minutes are over.</summary>
/// <param name="spec">What to do.</param>
/// <param name="schema">Names of the organs.</param>
/// <param name="train">Slices to learn from.</param>
/// <param name="validation">Slices to choose the best epoch by; may be empty.</param>
/// <param name="session">Network and optimiser, at <paramref name="state"/>.</param>
/// <param name="state">Where the run stands.</param>
/// <param name="watcher">Hears of steps, epochs and checkpoints.</param>
/// <param name="compute">Where tensors are worked on.</param>
/// <param name="time">Measures.</param>
internal sealed class TrainingLoop(
    RunSpecification spec,
    LabelSchema schema,
    SliceSet train,
    SliceSet validation,
    TrainingSession session,
    TrainingState state,
    ITrainingWatcher watcher,
    ComputeThread compute,
    TimeProvider time)
{
    private TrainingState _state = state;

    /// <summary>
    /// Trains. Cancellation takes effect after the step in progress and leaves a checkpoint from which another loop goes
    /// on as if nothing had happened.
    /// </summary>
    /// <exception cref="OrganSegException">Invalid: the loss is not finite any more.</exception>
    public async Task<TrainingState> RunAsync(CancellationToken cancellationToken)
    {
        while (_state.Epoch < (spec.Epochs ?? int.MaxValue) && (_state.Epoch == 0 || !TimeIsOver))
        {
            using var epoch = watcher.EpochStarts(_state.Epoch + 1);
            try
            {
                await TrainAsync(EpochPlan.Of(spec, train.Negative, _state.Epoch), cancellationToken);
                await ValidateAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                await SaveAsync(CheckpointKind.Last, CancellationToken.None);
                throw;
            }
        }

        return _state;
    }

    private async Task TrainAsync(int[][] plan, CancellationToken cancellationToken)
    {
        var saved = time.GetTimestamp();
        while (_state.StepInEpoch < plan.Length && (_state.StepInEpoch == 0 || !TimeIsOver))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var began = time.GetTimestamp();
            var batch = plan[_state.StepInEpoch];
            var rate = LearningRate.At(spec, Progress(plan.Length));
            var loss = await compute.RunAsync(() => session.Step(train, batch, _state.Step, rate));

            var seconds = time.GetElapsedTime(began).TotalSeconds;
            _state = _state with
            {
                StepInEpoch = _state.StepInEpoch + 1,
                Step = _state.Step + 1,
                LossSum = _state.LossSum + loss,
                Seconds = _state.Seconds + seconds,
                EpochSeconds = _state.EpochSeconds + seconds,
            };
            watcher.StepDone(new StepResult(
                _state.Epoch + 1, _state.Step, plan.Length, loss, batch.Length / Math.Max(seconds, 1e-9), rate), batch.Length, seconds);

            if (time.GetElapsedTime(saved) > watcher.CheckpointInterval)
            {
                await SaveAsync(CheckpointKind.Last, cancellationToken);
                saved = time.GetTimestamp();
            }
        }
    }

    private async Task ValidateAsync(CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        double? loss = null;
        IReadOnlyDictionary<string, double> f1 = new Dictionary<string, double>();
        if (validation.Count > 0)
        {
            using var _ = watcher.ValidationStarts();
            (loss, var confusion) = await compute.RunAsync(() => session.Validate(validation, cancellationToken));
            f1 = confusion.F1ByOrgan(schema);
        }

        var seconds = time.GetElapsedTime(began).TotalSeconds;
        var result = new EpochResult(
            _state.Epoch + 1, spec.Epochs ?? 0, _state.LossSum / _state.StepInEpoch, loss, f1, false, _state.EpochSeconds + seconds);
        var best = _state.BestEpoch == 0 || result.Score > _state.BestScore;
        _state = _state with
        {
            Epoch = result.Epoch,
            StepInEpoch = 0,
            LossSum = 0,
            Seconds = _state.Seconds + seconds,
            EpochSeconds = 0,
            ValidationSeconds = seconds,
            BestEpoch = best ? result.Epoch : _state.BestEpoch,
            BestScore = best ? result.Score : _state.BestScore,
            BestF1 = best ? f1 : _state.BestF1,
        };
        watcher.EpochDone(result with { Best = best });

        // An epoch is kept whole: a checkpoint that names a best epoch must not come without its weights.
        if (best)
        {
            await SaveAsync(CheckpointKind.Best, CancellationToken.None);
        }

        await SaveAsync(CheckpointKind.Last, CancellationToken.None);
    }

    /// <summary>Minutes bound training and validation together, so the time of one more validation is kept back.</summary>
    private bool TimeIsOver => spec.Minutes is not null && _state.Seconds >= TrainingSeconds;

    private double TrainingSeconds => Math.Max(1, spec.Minutes!.Value * 60 - _state.ValidationSeconds);

    /// <summary>By steps where epochs are planned, which repeats exactly; by time only where nothing else is known.</summary>
    private double Progress(int stepsPerEpoch) => spec.Epochs is { } epochs
        ? (double)_state.Step / ((long)epochs * stepsPerEpoch)
        : _state.Seconds / TrainingSeconds;

    private Task SaveAsync(CheckpointKind kind, CancellationToken cancellationToken) =>
        watcher.SaveAsync(kind, _state, session, compute, cancellationToken);
}
