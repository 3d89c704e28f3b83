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

    [Fact]
    public async Task RunAsync_TinySet_IsLearnedByHeart()
    {
        var watcher = new MemoryWatcher();
        await TrainAsync(TinyData.Specification with { Epochs = 40, Augmentation = AugmentationKind.None }, watcher, Token);

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
    [InlineData(2)] // In the middle of the first epoch.
    [InlineData(3)] // After its last step, before its validation.
    [InlineData(4)]
    public async Task RunAsync_CancelledAndResumed_EndsAsIfUninterrupted(long stopAfter)
    {
        var whole = new MemoryWatcher();
        var expected = await TrainAsync(TinyData.Specification, whole, Token);

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
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => TrainAsync(TinyData.Specification, before, stop.Token));
        var after = new MemoryWatcher();
        var actual = await TrainAsync(TinyData.Specification, after, Token, before.Last);

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

    [Fact]
    public async Task Step_AndValidate_LeaveNoTensorOver()
    {
        // Counts are kept by thread, so what other tests do at the same time does not matter.
        using var compute = new ComputeThread(threads: 1);
        var (before, after) = await compute.RunAsync(() =>
        {
            using var slices = TinyData.Slices(8);
            using var session = new TrainingSession(TinyData.Specification);
            Work(0);
            var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            for (var step = 1; step < 10; step++)
            {
                Work(step);
            }

            return (before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

            void Work(int step)
            {
                session.Step(slices, [0, 1, 2, 3], step, 0.01);
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

    /// <summary>Trains on twelve slices (three steps an epoch) and returns all weights as one file.</summary>
    private static async Task<byte[]> TrainAsync(
        RunSpecification spec, MemoryWatcher watcher, CancellationToken cancellationToken, byte[]? from = null, int validationSlices = 4)
    {
        using var train = TinyData.Slices(12);
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
