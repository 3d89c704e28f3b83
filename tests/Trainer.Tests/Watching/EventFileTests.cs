using OrganSeg.Trainer.Runs;
using OrganSeg.Trainer.Tests.Support;
using OrganSeg.Trainer.Training;
using OrganSeg.Trainer.Watching;
using OrganSeg.V1;
using RunState = OrganSeg.Storage.RunState;

namespace OrganSeg.Trainer.Tests.Watching;

public sealed class EventFileTests : IDisposable
{
    private static readonly DateTimeOffset Began = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_500);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_Journal_HoldsItsScalarsAtTheirSteps()
    {
        RunEntry[] entries =
        [
            RunJournal.Queued,
            new() { Sequence = 2, Seconds = 1.5, Batch = new StepResult(1, 7, 8, 0.25, 31, 1e-3) { GradientNorm = 2 } },
            new()
            {
                Sequence = 3,
                Seconds = 2.5,
                Epoch = new EpochResult(1, 3, 0.5, 0.75, new Dictionary<string, double> { ["liver"] = 0.9, ["spleen"] = 0.7 }, true, 2),
            },
            new() { Sequence = 4, Seconds = 3, State = new(RunState.Succeeded) },
        ];

        var events = EventFileReader.Read(EventFile.Write(entries, Began));

        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.Equal([1_700_000_000.5, 1_700_000_002, 1_700_000_003], events.Select(e => e.WallTime));
        Assert.Equal([0, 7, 7], events.Select(e => e.Step));
        Assert.Equal(
            [("batch/loss", 0.25f), ("batch/learning_rate", 1e-3f), ("batch/gradient_norm", 2f), ("batch/images_per_second", 31f)],
            EventFileReader.Scalars(events[1]));
        Assert.Equal(
            [("loss/train", 0.5f), ("loss/validation", 0.75f), ("f1/liver", 0.9f), ("f1/spleen", 0.7f), ("f1/mean", 0.8f)],
            EventFileReader.Scalars(events[2]).Take(5));
    }

    [Fact]
    public async Task Run_CancelledAndResumed_HasEachStepOnceInItsEventFile()
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token);
        await TinyData.SealAsync(host.Store, "validation", Token);
        var run = await host.StartRunAsync(Token, ("epochs", "60"), ("quantize", "false"));
        await host.WatchAsync(run.RunId, Token, until: e => e.Batch is not null);
        await host.Client.CancelRunAsync(new CancelRunRequest { RunId = run.RunId }, cancellationToken: Token);
        await host.WatchAsync(run.RunId, Token);
        await host.Client.ResumeRunAsync(new ResumeRunRequest { RunId = run.RunId }, cancellationToken: Token);
        var told = await host.WatchAsync(run.RunId, Token);

        var document = await host.Runs.GetAsync(run.RunId, Token);
        var file = await host.Runs.FindViewAsync(run.RunId, EventFile.NameOf(document.CreatedAt), Token);

        var events = EventFileReader.Read(file!).SelectMany(e => EventFileReader.Scalars(e).Select(s => (e.Step, s.Tag, s.Value))).ToArray();
        Assert.Equal(
            told.Where(e => e.Batch is not null).Select(e => ((long)e.Batch.Step, (float)e.Batch.Loss)),
            events.Where(e => e.Tag == "batch/loss").Select(e => (e.Step, e.Value)));
        Assert.Equal(Enumerable.Range(1, 60).Select(i => (float)i), events.Where(e => e.Tag == "epoch/number").Select(e => e.Value));
        foreach (var picture in (string[])[RunPictures.LearningCurve, RunPictures.Predictions])
        {
            var png = await host.Runs.FindViewAsync(run.RunId, picture, Token);
            Assert.Equal("PNG"u8.ToArray(), png![1..4]);
        }
    }
}
