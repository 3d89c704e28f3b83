using OrganSeg.Imaging;
using OrganSeg.Inference.Serving;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.V1;

namespace OrganSeg.Inference.Tests;

/// <summary>What stays loaded around a promotion, and that what does not is really gone.</summary>
[Collection(AloneCollection.Name)]
public sealed class RetentionTests
{
    private static readonly ByteImage Slice = GreyModel.Paint(Fixture.Stripes(64, 64));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sweep_MoreModelsThanPlaces_PreviousVersionOfTheAliasStays()
    {
        await using var fixture = await StartAsync(("MaxLoadedModels", "2"));
        var pool = fixture.Host.Get<ModelPool>();
        await PromoteAsync(fixture, "grey@1");
        await PromoteAsync(fixture, "grey@2");
        // Used later than either of the alias's.
        await fixture.SegmentAsync(Slice, "other");
        await fixture.SegmentAsync(Slice, "third");

        await pool.SweepAsync();

        Assert.Equal(["grey@1", "grey@2"], Loaded(pool));
        await fixture.Client.RollBackAsync(new RollBackRequest { Alias = "live" }, cancellationToken: Token);
        await fixture.SegmentAsync(Slice, "other");
        await pool.SweepAsync();
        Assert.Equal(["grey@1", "grey@2"], Loaded(pool));
    }

    [Fact]
    public async Task Sweep_OnePlace_IsTheAliasesOwn()
    {
        await using var fixture = await StartAsync(("MaxLoadedModels", "1"));
        var pool = fixture.Host.Get<ModelPool>();
        await PromoteAsync(fixture, "grey@2");
        await PromoteAsync(fixture, "grey@1");

        await pool.SweepAsync();

        Assert.Equal(["grey@1"], Loaded(pool));
    }

    [Fact]
    public async Task Sweep_IdleVersions_PreviousCanaryAndShadowStayAsLongAsTheAliasIsInUse()
    {
        await using var fixture = await StartAsync(("IdleSeconds", "0.01"));
        var pool = fixture.Host.Get<ModelPool>();
        await PromoteAsync(fixture, "grey@1");
        await PromoteAsync(fixture, "grey@2");
        using (await pool.AcquireAsync("live", "", Token))
        {
            await SetAsync(fixture.Client.SetCanaryAsync, "third");
            await SetAsync(fixture.Client.SetShadowAsync, "fourth");
            using (await pool.AcquireAsync("grey@1", "", Token))
            {
                await fixture.SegmentAsync(Slice, "other");
            }

            // Until what nobody wants has been idle for long enough: grey@1 has been idle as long.
            while (Loaded(pool).Contains("other@1"))
            {
                await pool.SweepAsync();
            }

            Assert.Equal(["fourth@1", "grey@1", "grey@2", "third@1"], Loaded(pool));
        }

        while (pool.Count > 0)
        {
            await pool.SweepAsync();
        }

        async Task SetAsync(Func<SetRolloutRequest, Grpc.Core.Metadata?, DateTime?, CancellationToken, Grpc.Core.AsyncUnaryCall<Alias>> set, string model) =>
            await set(new SetRolloutRequest { Alias = "live", Model = model, Share = 0.01 }, null, null, Token);
    }

    [Fact(Timeout = 30_000)]
    public async Task Preload_BrokenCanary_ShadowIsLoadedAllTheSame()
    {
        await using var fixture = await StartAsync(("Preload:0", "live"), ("ResolutionSeconds", "0"));
        using var loads = new Measured("organseg.inference.loads", fixture);
        await fixture.PublishAsync("broken", [1, 2, 3]);
        await fixture.Models.PromoteAsync("live", "grey@1", Token);
        await fixture.Models.SetCanaryAsync("live", new Storage.ModelRollout("broken", "1", 1), Token);
        await fixture.Models.SetShadowAsync("live", new Storage.ModelRollout("third", "1", 1), Token);

        // Without the shadow there is no third load. One that was counted is awaited by whoever asks for the model.
        await loads.CountAsync(3);
        using var shadow = await fixture.Host.Get<ModelPool>().AcquireAsync("third", "", TestContext.Current.CancellationToken);
        Assert.Equal(["grey@1", "third@1"], Loaded(fixture.Host.Get<ModelPool>()));
        Assert.Equal(3, loads.Values.Count);
    }

    [Fact]
    public async Task Sweep_LargeVersionsGivenUp_TheirMemoryIsFree()
    {
        const int Elements = 8 << 20;
        const int Times = 8;
        const long TableBytes = sizeof(float) * Elements;
        await using var fixture = await StartAsync(("MaxLoadedModels", "1"));
        await fixture.PublishAsync("large", GreyModel.OnnxWithTable(Elements));
        var pool = fixture.Host.Get<ModelPool>();
        await LoadAndGiveUpAsync();
        var before = Resident();

        for (var i = 0; i < Times; i++)
        {
            await LoadAndGiveUpAsync();
        }

        // Kept sessions would hold a table each; what the allocators keep is a table or two.
        Assert.InRange(Resident() - before, long.MinValue, Times / 2 * TableBytes);

        async Task LoadAndGiveUpAsync()
        {
            using (var lease = await pool.AcquireAsync("large", "", Token))
            {
                await lease.Runner.SegmentAsync(Slice, null, new Caller("test"), Token);
            }

            using (await pool.AcquireAsync("other", "", Token))
            {
                await pool.SweepAsync();
            }

            Assert.Equal(["other@1"], Loaded(pool));
        }

        static long Resident()
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            return Environment.WorkingSet;
        }
    }

    private static async Task<Fixture> StartAsync(params (string, string)[] settings)
    {
        var fixture = await Fixture.StartAsync(settings);
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        await fixture.PublishAsync("grey", GreyModel.Onnx(shift: 1));
        foreach (var name in (string[])["other", "third", "fourth"])
        {
            await fixture.PublishAsync(name, GreyModel.Onnx());
        }

        return fixture;
    }

    private static async Task PromoteAsync(Fixture fixture, string model) => await fixture.Client.PromoteAsync(
        new PromoteRequest { Alias = "live", Model = model }, cancellationToken: Token);

    private static IEnumerable<string> Loaded(ModelPool pool) => pool.Loaded().Select(loaded => loaded.Model.Reference).Order();
}
