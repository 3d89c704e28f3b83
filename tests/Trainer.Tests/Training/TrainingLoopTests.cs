using OrganSeg.Imaging;
using OrganSeg.Trainer.Specifications;
using OrganSeg.Trainer.Tests.Support;
using OrganSeg.Trainer.Training;
using OrganSeg.Trainer.Weights;
using TorchSharp;

namespace OrganSeg.Trainer.Tests.Training;

public sealed class TrainingLoopTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_TinySet_IsLearnedByHeart(bool bf16)
    {
        var watcher = new MemoryWatcher();
        var spec = TinyData.Specification with { Epochs = 40, Variation = new(), Precision = bf16 ? Precision.Bf16 : Precision.Float32 };
        await TrainAsync(spec, watcher, Token);

        // Untrained it is about ln 5 for the cross-entropy and 0.8 for the Dice part.
        Assert.True(watcher.Epochs[^1].TrainLoss < 0.5, $"training loss {watcher.Epochs[^1].TrainLoss}");
        Assert.All(watcher.Epochs[^1].ValidationF1.Values, f1 => Assert.True(f1 > 0.9, $"F1 {f1}"));
        Assert.Equal(4, watcher.Epochs[^1].ValidationF1.Count);
    }

    [Fact]
    public async Task RunAsync_SameSeedTwice_GivesTheSameBits()
    {
        var first = await TrainAsync(TinyData.Specification, new MemoryWatcher(), Token);
        var second = await TrainAsync(TinyData.Specification, new MemoryWatcher(), Token);
        var other = await TrainAsync(TinyData.Specification with { Seed = 8 }, new MemoryWatcher(), Token);

        Assert.Equal(first, second);
        Assert.NotEqual(first, other);
    }

    [Theory]
    [InlineData(2, false, false)] // In the middle of the first epoch.
    [InlineData(3, false, false)] // After its last step, before its validation.
    [InlineData(4, false, false)]
    [InlineData(4, true, false)]
    [InlineData(4, true, true)]
    public async Task RunAsync_CancelledAndResumed_EndsAsIfUninterrupted(long stopAfter, bool everything, bool bf16)
    {
        var spec = (everything ? Everything : TinyData.Specification) with { Precision = bf16 ? Precision.Bf16 : Precision.Float32 };
        var whole = new MemoryWatcher();
        var expected = await TrainAsync(spec, whole, Token);

        using var stop = new CancellationTokenSource();
        var before = new MemoryWatcher
        {
            OnStep = step =>
            {
                if (step.Step == stopAfter)
                {
                    stop.Cancel();
                }
            },
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => TrainAsync(spec, before, stop.Token));
        var after = new MemoryWatcher();
        var actual = await TrainAsync(spec, after, Token, before.Last);

        Assert.Equal(stopAfter, before.Steps.Count);
        Assert.Equal(expected, actual);
        Assert.Equal(
            whole.Steps.Select(step => (step.Step, step.Loss, step.LearningRate)),
            before.Steps.Concat(after.Steps).Select(step => (step.Step, step.Loss, step.LearningRate)));
        Assert.Equal(
            whole.Epochs.Select(epoch => (epoch.Epoch, epoch.TrainLoss, epoch.ValidationLoss, epoch.Best)),
            before.Epochs.Concat(after.Epochs).Select(epoch => (epoch.Epoch, epoch.TrainLoss, epoch.ValidationLoss, epoch.Best)));
    }

    [Fact]
    public async Task RunAsync_MinutesOnly_EndsInTimeAndFallsToTheLastLearningRate()
    {
        var watcher = new MemoryWatcher();
        await TrainAsync(TinyData.Specification with { Epochs = null, Minutes = 0.05 }, watcher, Token);

        Assert.True(watcher.Epochs.Count > 1);
        Assert.True(watcher.Steps[^1].LearningRate < 0.1 * TinyData.Specification.LearningRate);
        Assert.Equal(CheckpointKind.Last, watcher.Saved[^1]);
    }

    [Fact]
    public async Task RunAsync_NoValidationSlices_TakesTheLastEpochAsBest()
    {
        var watcher = new MemoryWatcher();
        await TrainAsync(TinyData.Specification, watcher, Token, validationSlices: 0);

        Assert.All(watcher.Epochs, epoch => Assert.True(epoch.Best));
        Assert.All(watcher.Epochs, epoch => Assert.Null(epoch.ValidationLoss));
    }

    [Fact]
    public async Task RunAsync_AbsurdLearningRate_FailsWithADiagnosis()
    {
        var error = await Assert.ThrowsAsync<OrganSegException>(() => TrainAsync(
            TinyData.Specification with { LearningRate = 1e30, Schedule = Schedule.Constant, WarmUp = 0, Epochs = 20 }, new MemoryWatcher(), Token));

        Assert.Contains("diverged", error.Message, StringComparison.Ordinal);
        Assert.Contains("at step 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("learning rate 1E+30", error.Message, StringComparison.Ordinal);
        Assert.Contains("Lower learningRate", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Step_AndValidate_LeaveNoTensorOver(bool bf16)
    {
        // Counts are kept by thread, so what other tests do at the same time does not matter.
        using var compute = new ComputeThread(threads: 1);
        var (before, after) = await compute.RunAsync(() =>
        {
            using var slices = TinyData.Slices(8);
            using var session = new TrainingSession(Everything with { Precision = bf16 ? Precision.Bf16 : Precision.Float32 });
            Work(0);
            var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            for (var step = 1; step < 10; step++)
            {
                Work(step);
            }

            return (before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

            void Work(int step)
            {
                var (images, labels) = slices.Batch([0, 1, 2, 3]);
                using var batch = new Batch([0, 1, 2, 3], images, labels);
                session.Step([batch], step, 0.01);
                session.Validate(slices, CancellationToken.None);
                Checkpoint.Load(session, Checkpoint.Write(session, new TrainingState()), "last.safetensors");
            }
        });

        Assert.Equal(before, after);
    }

    [Fact]
    public async Task RunAsync_LongEpochs_AreCheckpointedInBetween()
    {
        var watcher = new MemoryWatcher { CheckpointInterval = TimeSpan.Zero };
        await TrainAsync(TinyData.Specification with { Epochs = 1 }, watcher, Token);

        Assert.Equal(3 + 1, watcher.Saved.Count(kind => kind == CheckpointKind.Last));
    }

    [Fact]
    public async Task RunAsync_AccumulatedGradients_AreThoseOfTheWholeBatch()
    {
        // Without batch statistics in between nothing else differs; what is left is rounding.
        var whole = new MemoryWatcher();
        await TrainAsync(TinyData.Specification with { BatchSize = 12, Variation = new(), Epochs = 1 }, whole, Token);
        var parts = new MemoryWatcher();
        await TrainAsync(
            TinyData.Specification with { BatchSize = 4, AccumulationSteps = 3, Variation = new(), Epochs = 1 }, parts, Token);

        Assert.Equal(whole.Steps.Count, parts.Steps.Count);
        Assert.Equal(whole.Steps[0].Loss, parts.Steps[0].Loss, 0.05);
    }

    [Fact]
    public void Step_GradientClip_BoundsTheStep()
    {
        // Plain descent moves by rate × gradient, so a clipped step is as long as the clip.
        var spec = TinyData.Specification with
        {
            Optimizer = Optimizer.Sgd,
            Momentum = 0,
            GradientClip = 1e-3,
            Epochs = 1,
            BatchSize = 12,
            Schedule = Schedule.Constant,
            WarmUp = 0,
            LearningRate = 1,
        };
        using var start = new TrainingSession(spec);
        var before = start.Network.Parameters.Select(parameter => parameter.data<float>().ToArray()).ToArray();
        using var slices = TinyData.Slices(12);
        var (images, labels) = slices.Batch([.. Enumerable.Range(0, 12)]);
        using var batch = new Batch([], images, labels);

        var outcome = start.Step([batch], 0, 1);

        var moved = Math.Sqrt(start.Network.Parameters
            .SelectMany((parameter, i) => parameter.data<float>().ToArray().Zip(before[i], (now, then) => Math.Pow(now - then, 2)))
            .Sum());
        Assert.True(outcome.GradientNorm > 0.01, $"norm {outcome.GradientNorm}");
        Assert.Equal(1e-3, moved, 2e-5);
    }

    [Fact]
    public async Task RunAsync_Patience_EndsTheRunEarly()
    {
        var watcher = new MemoryWatcher();
        await TrainAsync(TinyData.Specification with { Epochs = 60, LearningRate = 1e-12, Patience = 2 }, watcher, Token);

        // Nothing is learnt at this rate; batch norm's statistics still settle for a few epochs.
        var best = watcher.Epochs.FindLastIndex(epoch => epoch.Best);
        Assert.Equal(best + 3, watcher.Epochs.Count);
        Assert.True(watcher.Epochs.Count < 60);
    }

    [Fact]
    public async Task RunAsync_Plateau_LowersTheRateAsPyTorchDoes()
    {
        var watcher = new MemoryWatcher();
        var spec = TinyData.Specification with
        {
            Epochs = 14,
            Schedule = Schedule.Plateau,
            WarmUp = 0,
            PlateauPatience = 1,
            PlateauFactor = 0.5,
            LearningRate = 1e-9,
        };
        await TrainAsync(spec, watcher, Token);

        // The rule of ReduceLROnPlateau, played through on the epochs that came out.
        var (rate, bad) = (1e-9, 0);
        foreach (var epoch in watcher.Epochs)
        {
            Assert.All(watcher.Steps.Where(step => step.Epoch == epoch.Epoch), step => Assert.Equal(rate, step.LearningRate, 1e-20));
            bad = epoch.Best ? 0 : bad + 1;
            if (bad > 1)
            {
                (rate, bad) = (rate / 2, 0);
            }
        }

        Assert.True(rate < 1e-9);
    }

    [Fact]
    public async Task RunAsync_RollBack_GoesOnFromTheCheckpointAtHalfTheRate()
    {
        var watcher = new MemoryWatcher();
        var spec = TinyData.Specification with
        {
            LearningRate = 1e30,
            Schedule = Schedule.Constant,
            WarmUp = 0,
            OnDivergence = Divergence.RollBack,
        };

        var error = await Assert.ThrowsAsync<OrganSegException>(() => TrainAsync(spec, watcher, Token));

        // Three times back, then it gives up.
        Assert.Equal(3, watcher.Rollbacks.Count);
        Assert.Contains("diverged", error.Message, StringComparison.Ordinal);
        Assert.Equal([1e30, 5e29, 2.5e29, 1.25e29], watcher.Steps.Where(step => step.Step == 1).Select(step => step.LearningRate));
    }

    [Fact]
    public async Task RunAsync_MappedSlices_TrainToTheSameBits()
    {
        var expected = await TrainAsync(TinyData.Specification, new MemoryWatcher(), Token);
        var mapped = await TrainAsync(TinyData.Specification, new MemoryWatcher(), Token, memoryLimit: 0);

        Assert.Equal(expected, mapped);
    }

    [Fact]
    public async Task RunAsync_WaitForBatches_IsAccountedFor()
    {
        var watcher = new MemoryWatcher();
        await TrainAsync(TinyData.Specification, watcher, Token);

        Assert.All(watcher.Epochs, epoch => Assert.InRange(epoch.WaitSeconds, 0, epoch.Seconds));
        Assert.All(watcher.Steps, step => Assert.True(step.GradientNorm > 0));
    }

    /// <summary>Whatever has state that a checkpoint must carry, or randomness.</summary>
    private static RunSpecification Everything => TinyData.Specification with
    {
        Optimizer = Optimizer.AdamW,
        WeightDecay = 0.01,
        WeightAveraging = 0.9,
        AccumulationSteps = 2,
        BatchSize = 2,
        GradientClip = 1,
        Dropout = 0.2,
        Schedule = Schedule.Plateau,
        PlateauPatience = 0,
        StartSize = 16,
        Sampling = Sampling.RareOrgans,
        Variation = AugmentationOptions.Of(AugmentationKind.Strong) with { CutOut = 0.2, Flip = 0.5 },
    };

    /// <summary>Trains on twelve slices (three steps an epoch) and returns all weights as one file.</summary>
    private static async Task<byte[]> TrainAsync(
        RunSpecification spec, MemoryWatcher watcher, CancellationToken cancellationToken, byte[]? from = null, int validationSlices = 4,
        long memoryLimit = long.MaxValue)
    {
        using var train = TinyData.Slices(12, memoryLimit: memoryLimit);
        using var validation = TinyData.Slices(validationSlices, firstSeed: 100);
        using var compute = new ComputeThread(threads: 1);
        using var session = await compute.RunAsync(() => new TrainingSession(spec));
        var state = from is null ? new TrainingState() : await compute.RunAsync(() => Checkpoint.Load(session, from, "last"));
        var loop = new TrainingLoop(
            spec, LabelSchema.Abdomen, train, validation, session, state, watcher, compute, TimeProvider.System);
        await loop.RunAsync(cancellationToken);
        return await compute.RunAsync(() => SafeTensors.Write(session.Network.State));
    }
}
