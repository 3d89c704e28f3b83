using System.Text.Json;
using OrganSeg.Testing;

namespace OrganSeg.Storage.Tests;

public sealed class RunCatalogueTests(AzuriteServer azurite) : StoreTests(azurite)
{
    private static readonly JsonElement Specification = JsonSerializer.SerializeToElement(new { epochs = 3 });

    [Theory, MemberData(nameof(Stores))]
    public async Task Create_Runs_AreListedNewestFirst(StoreKind kind)
    {
        var time = new SteppedTime();
        var catalogue = new RunCatalogue(await NewStoreAsync(kind), time);
        var ids = new List<string>();
        for (int i = 0; i < 3; i++)
        {
            ids.Add((await catalogue.CreateAsync(Specification, "00-trace", Token)).RunId);
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Matches("^20261123-181530-[0-9a-f]{4}$", ids[0]);
        Assert.Equal(
            ids.AsEnumerable().Reverse(), await catalogue.ListAsync(Token).Select(run => run.RunId).ToListAsync(Token));
        RunDocument first = await catalogue.GetAsync(ids[0], Token);
        Assert.Equal(RunState.Queued, first.State);
        Assert.Equal("00-trace", first.TraceParent);
        Assert.Equal(3, first.Specification.GetProperty("epochs").GetInt32());
        await ThrowsAsync(ErrorKind.Missing, () => catalogue.GetAsync("none", Token));
        await ThrowsAsync(ErrorKind.Invalid, () => catalogue.GetAsync("../x", Token));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task List_OneDocumentDamaged_StillListsTheOthers(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        var catalogue = new RunCatalogue(store, TimeProvider.System);
        string whole = (await catalogue.CreateAsync(Specification, null, Token)).RunId;
        string damaged = (await catalogue.CreateAsync(Specification, null, Token)).RunId;
        await store.WriteBytesAsync("runs", $"{damaged}/run.json", "{\"runId\":"u8.ToArray(), WriteCondition.Any, Token);

        Assert.Equal([whole], await catalogue.ListAsync(Token).Select(run => run.RunId).ToListAsync(Token));
        await ThrowsAsync(ErrorKind.Corrupt, () => catalogue.GetAsync(damaged, Token));
    }

    [Theory]
    [InlineData(RunState.Queued, RunState.Running, true)]
    [InlineData(RunState.Queued, RunState.Cancelled, true)]
    [InlineData(RunState.Queued, RunState.Failed, true)]
    [InlineData(RunState.Queued, RunState.Succeeded, false)]
    [InlineData(RunState.Running, RunState.Running, true)]
    [InlineData(RunState.Running, RunState.Succeeded, true)]
    [InlineData(RunState.Running, RunState.Failed, true)]
    [InlineData(RunState.Running, RunState.Cancelled, true)]
    [InlineData(RunState.Running, RunState.Queued, false)]
    [InlineData(RunState.Succeeded, RunState.Running, false)]
    [InlineData(RunState.Succeeded, RunState.Queued, false)]
    [InlineData(RunState.Succeeded, RunState.Failed, false)]
    [InlineData(RunState.Failed, RunState.Queued, true)]
    [InlineData(RunState.Failed, RunState.Running, false)]
    [InlineData(RunState.Cancelled, RunState.Queued, true)]
    [InlineData(RunState.Cancelled, RunState.Succeeded, false)]
    public async Task Update_State_MovesOnlyAlongTheStateMachine(RunState from, RunState to, bool legal)
    {
        var catalogue = new RunCatalogue(new FolderObjectStore(NewFolder().Path), TimeProvider.System);
        string id = (await catalogue.CreateAsync(Specification, null, Token)).RunId;
        RunState[] way = from switch
        {
            RunState.Queued => [],
            RunState.Running => [RunState.Running],
            _ => [RunState.Running, from],
        };
        foreach (RunState state in way)
        {
            await catalogue.UpdateAsync(id, run => run with { State = state }, Token);
        }

        Task<RunDocument> MoveAsync() => catalogue.UpdateAsync(id, run => run with { State = to }, Token);
        if (legal)
        {
            Assert.Equal(to, (await MoveAsync()).State);
        }
        else
        {
            await ThrowsAsync(ErrorKind.NotReady, MoveAsync);
        }

        Assert.Equal(legal ? to : from, (await catalogue.GetAsync(id, Token)).State);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Update_ManyTogether_LosesNone(StoreKind kind)
    {
        var catalogue = new RunCatalogue(await NewStoreAsync(kind), TimeProvider.System);
        string id = (await catalogue.CreateAsync(Specification, null, Token)).RunId;
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(
            async () =>
            {
                for (int i = 0; i < 5; i++)
                {
                    await catalogue.UpdateAsync(id, run => run with { Step = run.Step + 1 }, Token);
                }
            },
            Token)));
        Assert.Equal(50, (await catalogue.GetAsync(id, Token)).Step);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Update_TwoTrainersClaim_OneGetsIt(StoreKind kind)
    {
        var catalogue = new RunCatalogue(await NewStoreAsync(kind), TimeProvider.System);
        string id = (await catalogue.CreateAsync(Specification, null, Token)).RunId;
        bool[] claims = await Task.WhenAll(Enumerable.Range(0, 5).Select(async i =>
        {
            try
            {
                await catalogue.UpdateAsync(
                    id,
                    run => run.State == RunState.Queued
                        ? run with { State = RunState.Running, Owner = $"trainer{i}" }
                        : throw new OrganSegException(ErrorKind.NotReady, "taken"),
                    Token);
                return true;
            }
            catch (OrganSegException e) when (e.Kind == ErrorKind.NotReady)
            {
                return false;
            }
        }));
        int winner = Assert.Single(Enumerable.Range(0, 5), i => claims[i]);
        Assert.Equal($"trainer{winner}", (await catalogue.GetAsync(id, Token)).Owner);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task WriteCheckpoint_Again_ReplacesItAndReadsBack(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        var catalogue = new RunCatalogue(store, TimeProvider.System);
        RunDocument created = await catalogue.CreateAsync(Specification, null, Token);
        await catalogue.WriteCheckpointAsync(created.RunId, "last.bin", Bytes("epoch 1"), run => run, Token);
        await catalogue.WriteCheckpointAsync(created.RunId, "best.bin", Bytes("epoch 1"), run => run, Token);
        RunDocument earlier = await catalogue.GetAsync(created.RunId, Token);
        await catalogue.WriteCheckpointAsync(created.RunId, "last.bin", Bytes("epoch 2"), run => run, Token);
        await catalogue.WriteCheckpointAsync(created.RunId, "last.bin", Bytes("epoch 2"), run => run, Token);
        RunDocument run = await catalogue.GetAsync(created.RunId, Token);
        Assert.Equal(Bytes("epoch 2"), await catalogue.ReadCheckpointAsync(run, "last.bin", Token));
        Assert.Equal(Bytes("epoch 1"), await catalogue.ReadCheckpointAsync(run, "best.bin", Token));
        // A reader with an older document gets the newer checkpoint rather than an error.
        Assert.Equal(Bytes("epoch 2"), await catalogue.ReadCheckpointAsync(earlier, "last.bin", Token));
        Assert.Equal(
            2, await store.ListAsync("runs", created.RunId + "/checkpoints/", Token).CountAsync(Token));
        await ThrowsAsync(ErrorKind.Missing, () => catalogue.ReadCheckpointAsync(run, "none", Token));
        await ThrowsAsync(
            ErrorKind.Invalid, () => catalogue.WriteCheckpointAsync(run.RunId, "../x", Bytes("x"), run => run, Token));

        string blob = (await store.ListAsync("runs", created.RunId + "/checkpoints/", Token).ToListAsync(Token))
            .Single(one => one.Name.EndsWith("best.bin", StringComparison.Ordinal)).Name;
        await store.WriteBytesAsync("runs", blob, Bytes("epoch X"), WriteCondition.Any, Token);
        OrganSegException thrown = await ThrowsAsync(
            ErrorKind.Corrupt, () => catalogue.ReadCheckpointAsync(run, "best.bin", Token));
        Assert.Contains(blob, thrown.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task WriteMetrics_Run_AreReadBack(StoreKind kind)
    {
        var catalogue = new RunCatalogue(await NewStoreAsync(kind), TimeProvider.System);
        string id = (await catalogue.CreateAsync(Specification, null, Token)).RunId;
        Assert.Empty(await catalogue.ReadMetricsAsync(id, Token));
        await catalogue.WriteMetricsAsync(id, Bytes("{}\n"), Token);
        await catalogue.WriteMetricsAsync(id, Bytes("{}\n{}\n"), Token);
        Assert.Equal(Bytes("{}\n{}\n"), await catalogue.ReadMetricsAsync(id, Token));
        await ThrowsAsync(ErrorKind.Missing, () => catalogue.ReadMetricsAsync("none", Token));
    }

    [Fact]
    public async Task Update_SameDocument_WritesNothing()
    {
        var time = new SteppedTime();
        var catalogue = new RunCatalogue(new FolderObjectStore(NewFolder().Path), time);
        RunDocument created = await catalogue.CreateAsync(Specification, null, Token);
        time.Advance(TimeSpan.FromSeconds(5));
        RunDocument same = await catalogue.UpdateAsync(created.RunId, run => run, Token);
        Assert.Equal(created.UpdatedAt, same.UpdatedAt);
        RunDocument changed = await catalogue.UpdateAsync(created.RunId, run => run with { Epoch = 1 }, Token);
        Assert.Equal(created.UpdatedAt.AddSeconds(5), changed.UpdatedAt);
        await ThrowsAsync(ErrorKind.Missing, () => catalogue.UpdateAsync("none", run => run, Token));
    }

    private sealed class SteppedTime : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 11, 23, 18, 15, 30, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now;

        public void Advance(TimeSpan by) => _now += by;
    }
}
