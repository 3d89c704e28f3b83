using OrganSeg.Imaging;
using OrganSeg.Trainer.Specifications;
using TorchSharp;

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
    private const int MostRollbacks = 3;

    private TrainingState _state = state;

    /// <summary>
    /// Trains. Cancellation takes effect after the step in progress and leaves a checkpoint from which another loop goes
    /// on as if nothing had happened.
    /// </summary>
    /// <exception cref="OrganSegException">Invalid: training diverged.</exception>
    public async Task<TrainingState> RunAsync(CancellationToken cancellationToken)
    {
        await using var feed = new BatchFeed(spec, train, pinned: session.Network.Device.type == DeviceType.CUDA);
        if (spec.OnDivergence == Divergence.RollBack && _state.Step == 0)
        {
            // Something to go back to within the first epoch.
            await SaveAsync(CheckpointKind.Last, cancellationToken);
        }

        while (_state.Epoch < (spec.Epochs ?? int.MaxValue) && (_state.Epoch == 0 || !TimeIsOver) && !IsExhausted)
        {
            using var epoch = watcher.EpochStarts(_state.Epoch + 1);
            try
            {
                await TrainAsync(EpochPlan.Of(spec, train.Organs, _state.Epoch), feed, cancellationToken);
                await ValidateAsync(cancellationToken);
            }
            catch (DivergedException error)
            {
                await RollBackAsync(error.Message, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                await SaveAsync(CheckpointKind.Last, CancellationToken.None);
                throw;
            }
        }

        return _state;
    }

    private async Task TrainAsync(int[][] plan, BatchFeed feed, CancellationToken cancellationToken)
    {
        var saved = time.GetTimestamp();
        var size = TrainingSize.At(spec, train.Size, DoneBeforeEpoch);
        while (_state.StepInEpoch < plan.Length && (_state.StepInEpoch == 0 || !TimeIsOver))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var began = time.GetTimestamp();
            var chosen = plan[_state.StepInEpoch];
            var following = _state.StepInEpoch + 1 < plan.Length ? plan[_state.StepInEpoch + 1] : null;
            var batches = await feed.TakeAsync(_state.Step, chosen, following, size);
            var waited = time.GetElapsedTime(began).TotalSeconds;
            var rate = LearningRate.At(spec, Progress(plan.Length)) * _state.RateFactor;
            var outcome = await compute.RunAsync(() => Step(batches, rate));

            var seconds = time.GetElapsedTime(began).TotalSeconds;
            _state = _state with
            {
                StepInEpoch = _state.StepInEpoch + 1,
                Step = _state.Step + 1,
                LossSum = _state.LossSum + outcome.Loss,
                Seconds = _state.Seconds + seconds,
                EpochSeconds = _state.EpochSeconds + seconds,
                WaitSeconds = _state.WaitSeconds + waited,
            };
            watcher.StepDone(
                new StepResult(
                    _state.Epoch + 1, _state.Step, plan.Length, outcome.Loss, chosen.Length / Math.Max(seconds, 1e-9), rate)
                {
                    GradientNorm = outcome.GradientNorm,
                },
                chosen.Length,
                seconds);

            if (time.GetElapsedTime(saved) > watcher.CheckpointInterval)
            {
                await SaveAsync(CheckpointKind.Last, cancellationToken);
                saved = time.GetTimestamp();
            }
        }
    }

    private StepOutcome Step(Batch[] batches, double rate)
    {
        try
        {
            return session.Step(batches, _state.Step, rate);
        }
        finally
        {
            foreach (var batch in batches)
            {
                batch.Dispose();
            }
        }
    }

    /// <summary>Goes back to the last checkpoint and halves the learning rate, or ends the run.</summary>
    private async Task RollBackAsync(string diagnosis, CancellationToken cancellationToken)
    {
        if (spec.OnDivergence == Divergence.Fail || _state.Rollbacks == MostRollbacks)
        {
            throw OrganSegException.Invalid("settings.learningRate", $"{diagnosis}. Lower learningRate or lengthen warmUp");
        }

        var (rollbacks, seconds) = (_state.Rollbacks + 1, _state.Seconds);
        watcher.RollsBack(diagnosis);
        _state = await watcher.RestoreAsync(session, compute, cancellationToken);
        _state = _state with { Rollbacks = rollbacks, Seconds = seconds, RateFactor = _state.RateFactor * Math.Pow(0.5, rollbacks - _state.Rollbacks) };
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
            _state.Epoch + 1, spec.Epochs ?? 0, _state.LossSum / _state.StepInEpoch, loss, f1, false, _state.EpochSeconds + seconds)
        {
            WaitSeconds = _state.WaitSeconds,
        };
        var best = _state.BestEpoch == 0 || result.Score(spec.BestBy) > _state.BestScore;
        _state = _state with
        {
            Epoch = result.Epoch,
            StepInEpoch = 0,
            LossSum = 0,
            Seconds = _state.Seconds + seconds,
            EpochSeconds = 0,
            WaitSeconds = 0,
            ValidationSeconds = seconds,
            BestEpoch = best ? result.Epoch : _state.BestEpoch,
            BestScore = best ? result.Score(spec.BestBy) : _state.BestScore,
            BestF1 = best ? f1 : _state.BestF1,
        };
        LowerOnPlateau();
        watcher.EpochDone(result with { Best = best });

        // An epoch is kept whole: a checkpoint that names a best epoch must not come without its weights.
        if (best)
        {
            await SaveAsync(CheckpointKind.Best, CancellationToken.None);
        }

        await SaveAsync(CheckpointKind.Last, CancellationToken.None);
    }

    /// <summary>
    /// What ReduceLROnPlateau of PyTorch does: after more than the patience's epochs without a better one the learning rate
    /// falls, and the count begins anew.
    /// </summary>
    private void LowerOnPlateau()
    {
        if (spec.Schedule == Schedule.Plateau
            && _state.Epoch - Math.Max(_state.BestEpoch, _state.LoweredAfter) > spec.PlateauPatience)
        {
            _state = _state with { RateFactor = _state.RateFactor * spec.PlateauFactor, LoweredAfter = _state.Epoch };
        }
    }

    /// <summary>No better epoch for as long as the run is to wait for one.</summary>
    private bool IsExhausted => _state.Epoch - _state.BestEpoch >= spec.Patience;

    /// <summary>Minutes bound training and validation together, so the time of one more validation is kept back.</summary>
    private bool TimeIsOver => spec.Minutes is not null && _state.Seconds >= TrainingSeconds;

    private double TrainingSeconds => Math.Max(1, spec.Minutes!.Value * 60 - _state.ValidationSeconds);

    /// <summary>By steps where epochs are planned, which repeats exactly; by time only where nothing else is known.</summary>
    private double Progress(int stepsPerEpoch) => spec.Epochs is { } epochs
        ? (double)_state.Step / ((long)epochs * stepsPerEpoch)
        : _state.Seconds / TrainingSeconds;

    /// <summary>What <see cref="Progress"/> was when the epoch began.</summary>
    private double DoneBeforeEpoch => spec.Epochs is { } epochs
        ? (double)_state.Epoch / epochs
        : (_state.Seconds - _state.EpochSeconds) / TrainingSeconds;

    private Task SaveAsync(CheckpointKind kind, CancellationToken cancellationToken) =>
        watcher.SaveAsync(kind, _state, session, compute, cancellationToken);
}
