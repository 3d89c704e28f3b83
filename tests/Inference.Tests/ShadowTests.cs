using OrganSeg.Imaging;
using OrganSeg.Inference.Serving;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.Storage;
using OrganSeg.Testing;
using OrganSeg.V1;

namespace OrganSeg.Inference.Tests;

/// <summary>Shadows of an alias: what is measured of them, and that nobody waits for them.</summary>
public sealed class ShadowTests
{
    private static readonly ByteImage Truth = Fixture.Stripes(64, 64);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SegmentSlice_Shadow_AgreementIsWhatIsCountedByHand()
    {
        await using var fixture = await StartAsync(GreyModel.Onnx([0, 50, 100, 150, 180]));
        using var organs = new Measured("organseg.inference.agreement", fixture);
        using var pixels = new Measured("organseg.inference.agreement.pixels", fixture);
        await SetShadowAsync(fixture, 0.5);
        // Columns of grey: 16 of 0, 16 of 50, 16 of 150, 8 of 170 and 8 of 200. With 200 for the pancreas 170 is spleen, with
        // 180 it is pancreas.
        var slice = new ByteImage(64, 64, [.. Enumerable.Range(0, 64 * 64)
            .Select(i => (byte)((i % 64) switch { < 16 => 0, < 32 => 50, < 48 => 150, < 56 => 170, _ => 200 }))]);

        Assert.Equal("grey", (await fixture.SegmentAsync(slice, "live")).Model);
        Assert.Equal("grey", (await fixture.SegmentAsync(slice, "live")).Model);
        await pixels.CountAsync(1);

        // Liver 16 and 16 columns, all in common. Spleen 24 and 16, 16 in common; pancreas 8 and 16, 8 in common. No kidney.
        Assert.Equal(
            [("liver", 1), ("pancreas", 2 * 8 / 24.0), ("spleen", 2 * 16 / 40.0)],
            organs.Values.Select(value => (value.Tags["organseg.organ"], value.Value)).Order());
        var only = Assert.Single(pixels.Values);
        Assert.Equal(56 / 64.0, only.Value);
        Assert.Equal(
            ("grey", "1", "other", "1"),
            (only.Tags["organseg.model"], only.Tags["organseg.model.version"], only.Tags["organseg.shadow.model"], only.Tags["organseg.shadow.version"]));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public async Task SegmentSlice_ShadowAlikeOrWhollyDifferent_AgreesFullyOrNot(int shift, double expected)
    {
        await using var fixture = await StartAsync(GreyModel.Onnx(shift));
        using var organs = new Measured("organseg.inference.agreement", fixture);
        using var pixels = new Measured("organseg.inference.agreement.pixels", fixture);
        await SetShadowAsync(fixture, 1);

        await fixture.SegmentAsync(GreyModel.Paint(Truth), "live");
        await pixels.CountAsync(1);

        Assert.Equal(["kidney", "liver", "pancreas", "spleen"], organs.Values.Select(value => value.Tags["organseg.organ"]).Order());
        Assert.All(organs.Values.Concat(pixels.Values), value => Assert.Equal(expected, value.Value));
    }

    [Fact]
    public async Task SegmentSlicesAndSegmentVolume_Shadow_ShareOfTheSlicesIsCompared()
    {
        await using var fixture = await StartAsync(GreyModel.Onnx(shift: 1));
        using var shadows = new Measured("organseg.inference.shadows", fixture);
        await SetShadowAsync(fixture, 0.4);
        using (var call = fixture.Client.SegmentSlices(cancellationToken: Token))
        {
            for (var id = 0UL; id < 5; id++)
            {
                await call.RequestStream.WriteAsync(Fixture.Request(GreyModel.Paint(Truth), "live", id), Token);
            }

            await call.RequestStream.CompleteAsync();
            while (await call.ResponseStream.MoveNext(Token))
            {
            }
        }

        await shadows.CountAsync(2);
        double[] affine = [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0];
        await VolumeCalls.SegmentAsync(
            fixture, NiftiFile.Write([64, 64, 5], affine, new short[64 * 64 * 5]), new VolumeOptions { Model = "live" });

        await shadows.CountAsync(2);
        Assert.Equal(4, shadows.Values.Count);
        Assert.All(shadows.Values, value => Assert.Equal("compared", value.Tags["organseg.outcome"]));
    }

    [Fact]
    public async Task SegmentSlice_ShadowIsBusy_AnswersAtOnceAndDropsWhatIsTooMuch()
    {
        await using var fixture = await StartAsync(GreyModel.OnnxSlowUnlessBlack());
        using var shadows = new Measured("organseg.inference.shadows", fixture);
        using var queued = new Measured("organseg.inference.queue.duration", fixture);
        await SetShadowAsync(fixture, 1);

        await fixture.SegmentAsync(GreyModel.Paint(Truth), "live");
        // The answer's own run, and then the shadow's, which goes on for long.
        await queued.CountAsync(2);
        for (var i = 0; i < ShadowComparer.MostWaiting + 5; i++)
        {
            Assert.Equal(Truth.Pixels, (await fixture.SegmentAsync(GreyModel.Paint(Truth), "live")).Labels.Pixels);
        }

        Assert.Equal(Enumerable.Repeat("dropped", 5), shadows.Values.Select(value => value.Tags["organseg.outcome"]));
    }

    [Fact]
    public async Task SegmentSlice_RequestsWaitForAnotherModel_ShadowComesAfterThem()
    {
        await using var fixture = await StartAsync(GreyModel.Onnx(), ("MaxBatch", "1"));
        await fixture.PublishAsync("slow", GreyModel.OnnxSlowUnlessBlack());
        using var shadows = new Measured("organseg.inference.shadows", fixture);
        using var queued = new Measured("organseg.inference.queue.duration", fixture);
        await SetShadowAsync(fixture, 1);
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var lease = await fixture.Host.Get<ModelPool>().AcquireAsync("slow", "", Token);
        var waiting = Enumerable.Range(0, 2)
            .Select(_ => lease.Runner.SegmentAsync(GreyModel.Paint(Truth), null, new Caller("test"), gone.Token)).ToList();
        // One is run, the other waits.
        await queued.CountAsync(1);

        await fixture.SegmentAsync(GreyModel.Paint(Truth), "live");
        await queued.CountAsync(1);
        var before = shadows.Values.Count;
        await gone.CancelAsync();
        await shadows.CountAsync(1);

        Assert.Equal(0, before);
        Assert.Equal("compared", Assert.Single(shadows.Values).Tags["organseg.outcome"]);
        foreach (var call in waiting)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }
    }

    // Cannot be loaded; cannot be run; has ids of no class, which is a disagreement and no failure.
    [Theory]
    [InlineData("no graph", "failed")]
    [InlineData("run", "failed")]
    [InlineData("labels", "compared")]
    public async Task SegmentSlice_ShadowThatIsBroken_AnswersAsBeforeAndTheServiceGoesOn(string what, string outcome)
    {
        await using var fixture = await StartAsync(what switch
        {
            "no graph" => new byte[100],
            "run" => GreyModel.OnnxWithTable(1),
            _ => GreyModel.Onnx([0, 50, 100, 150, 200], labelOffset: 200),
        });
        using var shadows = new Measured("organseg.inference.shadows", fixture);
        // Around the service, which would refuse some of them.
        await fixture.Models.SetShadowAsync("live", new ModelRollout("other", "1", 1), Token);

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(Truth.Pixels, (await fixture.SegmentAsync(GreyModel.Paint(Truth), "live")).Labels.Pixels);
            await shadows.CountAsync(1);
        }

        Assert.Equal(Enumerable.Repeat(outcome, 3), shadows.Values.Select(value => value.Tags["organseg.outcome"]));
    }

    [Fact]
    public async Task SegmentSlice_CanaryIsTheShadowToo_IsNotComparedWithItself()
    {
        await using var fixture = await StartAsync(GreyModel.Onnx(shift: 1));
        using var pixels = new Measured("organseg.inference.agreement.pixels", fixture);
        await fixture.Client.SetCanaryAsync(new SetRolloutRequest { Alias = "live", Model = "other", Share = 0.5 }, cancellationToken: Token);
        await SetShadowAsync(fixture, 1);

        var models = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            models.Add((await fixture.SegmentAsync(GreyModel.Paint(Truth), "live")).Model);
        }

        await pixels.CountAsync(2);
        Assert.Equal(["grey", "other", "grey", "other"], models);
        Assert.All(pixels.Values, value => Assert.Equal("grey", value.Tags["organseg.model"]));
    }

    // By hand: of class 1 the maps have 3 and 2 pixels, 2 in common; of class 2 one and none; class 3 is in neither.
    [Fact]
    public void LabelAgreement_SmallMaps_IsDiceAndPartOfThePixels()
    {
        var agreement = LabelAgreement.Of(new ByteImage(3, 2, [0, 1, 1, 1, 2, 0]), new ByteImage(3, 2, [0, 1, 1, 0, 0, 0]));

        Assert.Equal([0.8, 0.0, null], new byte[] { 1, 2, 3 }.Select(agreement.Dice));
        Assert.Equal(4 / 6.0, agreement.Pixels);
    }

    [Fact]
    public void Offer_MoreThanPlaces_KeepsSomeOfAllOfThem()
    {
        using var queue = new ShadowQueue(places: 8, new Random(1));
        var works = Enumerable.Range(0, 300).Select(Work).ToList();

        var dropped = works.Select(queue.Offer).OfType<ShadowWork>().ToList();
        var kept = Enumerable.Range(0, 8).Select(_ => queue.Take()).ToList();

        Assert.Equal(292, dropped.Count);
        Assert.Equal(works.ToHashSet(), dropped.Concat(kept).ToHashSet());
        // Not only of the beginning: of 8 among 300 none after the first half has a chance of 1 in 2⁸, and the seed is fixed.
        Assert.Contains(kept, work => works.IndexOf(work) >= 150);
        // Once it was empty the next is taken as the first.
        Assert.Null(queue.Offer(works[0]));

        static ShadowWork Work(int index) => new(
            new ModelDocument
            {
                Model = "grey",
                Architecture = "grey-levels",
                LabelSchema = LabelSchema.Abdomen,
                Preprocessing = new PreprocessingRecipe(),
            },
            new ModelRollout("other", $"{index}", 1),
            ModelVariants.Float32,
            Truth,
            Spacing: null,
            Truth);
    }

    /// <summary>The alias live names grey@1, and there is other@1.</summary>
    private static async Task<Fixture> StartAsync(byte[] other, params (string, string)[] settings)
    {
        var fixture = await Fixture.StartAsync(settings);
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        await fixture.PublishAsync("other", other);
        await fixture.Client.PromoteAsync(new PromoteRequest { Alias = "live", Model = "grey@1" }, cancellationToken: Token);
        return fixture;
    }

    private static async Task SetShadowAsync(Fixture fixture, double share) => await fixture.Client.SetShadowAsync(
        new SetRolloutRequest { Alias = "live", Model = "other", Share = share }, cancellationToken: Token);
}
