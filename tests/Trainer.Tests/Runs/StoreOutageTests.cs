using Microsoft.Extensions.DependencyInjection;
using OrganSeg.Storage;
using OrganSeg.Trainer.Runs;
using OrganSeg.Trainer.Tests.Support;
using OrganSeg.Trainer.Watching;
using OrganSeg.V1;
using RunState = OrganSeg.V1.RunState;

namespace OrganSeg.Trainer.Tests.Runs;

public sealed class StoreOutageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FailingStore _store;

    public StoreOutageTests() => _store = new FailingStore(new FolderObjectStore(_folder.Path));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_StoreThatTakesNoCheckpointForAWhile_TrainsOnAndEndsWithTheSameWeights()
    {
        await using var host = await StartAsync();
        await TinyData.SealAsync(host.Store, "validation", Token);
        var undisturbed = await host.StartRunAsync(Token, ("epochs", "6"));
        await host.WatchAsync(undisturbed.RunId, Token);
        _store.RefusesWrites = name => name.Contains("/checkpoints/", StringComparison.Ordinal);

        var run = await host.StartRunAsync(Token, ("epochs", "6"));
        var before = await host.WatchAsync(run.RunId, Token, until: e => e.Epoch?.Epoch == 6);
        var meanwhile = await host.Runs.GetAsync(run.RunId, Token);
        _store.RefusesWrites = null;
        var after = await host.WatchAsync(run.RunId, Token, skip: (ulong)before.Count);

        Assert.Empty(meanwhile.Checkpoints);
        Assert.Contains(before, e => e.Progress?.Stage == StorePatience.Waiting);
        Assert.Contains(after, e => e.Progress?.Stage == StorePatience.Back);
        Assert.Equal(RunState.Succeeded, after[^1].Run.State);
        var one = await host.Models.ResolveAsync("tiny-model@1", Token);
        var two = await host.Models.ResolveAsync("tiny-model@2", Token);
        Assert.Equal(one.Files["weights.safetensors"], two.Files["weights.safetensors"]);
    }

    [Fact]
    public async Task Run_StoreAwayInTheMiddle_GoesOnWhenItIsBack()
    {
        await using var host = await StartAsync();
        await TinyData.SealAsync(host.Store, "validation", Token);
        var run = await host.StartRunAsync(Token, ("epochs", "40"));
        await host.WatchAsync(run.RunId, Token, until: e => e.Epoch is not null);

        _store.IsAway = true;
        var journal = host.Live.Find(run.RunId)!;
        await foreach (var entry in journal.FollowAsync(0, Token))
        {
            if (entry.Progress?.Stage == StorePatience.Waiting)
            {
                break;
            }
        }

        _store.IsAway = false;
        var events = await host.WatchAsync(run.RunId, Token);

        Assert.Equal(RunState.Succeeded, events[^1].Run.State);
        Assert.Equal(Enumerable.Range(1, 80).Select(i => (ulong)i), events.Where(e => e.Batch is not null).Select(e => e.Batch.Step));
    }

    [Fact]
    public async Task Run_StoreThatHangsInWhatOnlyShowsIt_TrainsOnAndShowsItInTheEnd()
    {
        await using var host = await StartAsync();
        await TinyData.SealAsync(host.Store, "validation", Token);
        _store.HangsInWrites = name =>
            name.Contains("tfevents", StringComparison.Ordinal) || name.Contains("figures/", StringComparison.Ordinal);

        var run = await host.StartRunAsync(Token, ("epochs", "6"), ("pictureEpochs", "1"), ("quantize", "false"));
        var trained = await host.WatchAsync(run.RunId, Token, until: e => e.Progress?.Stage == "publish");
        var meanwhile = await host.Runs.GetAsync(run.RunId, Token);
        var shown = await host.Runs.FindViewAsync(run.RunId, "figures/learning-curve.png", Token);
        _store.HangsInWrites = null;
        var events = await host.WatchAsync(run.RunId, Token);

        Assert.Equal(6, trained.Count(e => e.Epoch is not null));
        Assert.Equal(6, meanwhile.Epoch);
        Assert.Null(shown);
        Assert.Equal(RunState.Succeeded, events[^1].Run.State);
        Assert.NotNull(await host.Runs.FindViewAsync(run.RunId, "figures/learning-curve.png", Token));
        Assert.NotNull(await host.Runs.FindViewAsync(run.RunId, "figures/predictions.png", Token));
        var eventFile = await host.Runs.FindViewAsync(run.RunId, EventFile.NameOf(meanwhile.CreatedAt), Token);
        Assert.Equal(EventFile.Write(await StoredJournal.ReadAsync(host.Runs, run.RunId, Token), meanwhile.CreatedAt), eventFile);
    }

    [Fact]
    public async Task CancelRun_WhileTheRunWaitsForItsStore_EndsItWithTheCheckpointBefore()
    {
        await using var host = await StartAsync();
        await TinyData.SealAsync(host.Store, "test", Token);
        var run = await host.StartRunAsync(Token, ("epochs", "100000"));
        await host.WatchAsync(run.RunId, Token, until: e => e.Epoch?.Epoch == 3);
        _store.RefusesWrites = name => name.Contains("/checkpoints/", StringComparison.Ordinal);
        await host.WatchAsync(run.RunId, Token, until: e => e.Progress?.Stage == StorePatience.Waiting);
        var stored = await host.Runs.GetAsync(run.RunId, Token);

        await host.Client.CancelRunAsync(new CancelRunRequest { RunId = run.RunId }, cancellationToken: Token);
        var events = await host.WatchAsync(run.RunId, Token);

        Assert.Equal(RunState.Cancelled, events[^1].Run.State);
        var left = await host.Runs.GetAsync(run.RunId, Token);
        Assert.Equal(stored.Checkpoints, left.Checkpoints);
        Assert.NotEmpty(await host.Runs.ReadCheckpointAsync(left, RunCheckpoints.Last, Token));
    }

    [Fact]
    public async Task CancelRun_WhileTheStoreIsAway_StopsTheRunAndTellsWhenItIsBack()
    {
        await using var host = await StartAsync();
        await TinyData.SealAsync(host.Store, "test", Token);
        var run = await host.StartRunAsync(Token, ("epochs", "100000"));
        await host.WatchAsync(run.RunId, Token, until: e => e.Epoch is not null);
        _store.IsAway = true;

        await host.Client.CancelRunAsync(new CancelRunRequest { RunId = run.RunId }, cancellationToken: Token);
        var refused = _store.Refused;
        while (_store.Refused < refused + 5)
        {
            await Task.Delay(20, Token);
        }

        _store.IsAway = false;
        var events = await host.WatchAsync(run.RunId, Token);

        Assert.Equal(RunState.Cancelled, events[^1].Run.State);
    }

    private Task<TrainerHost> StartAsync() =>
        TrainerHost.StartAsync(_folder.Path, Token, services => services.AddSingleton<IObjectStore>(_store));
}
