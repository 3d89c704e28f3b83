using OrganSeg.Imaging;
using OrganSeg.Inference.Serving;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.Onnx;
using OrganSeg.V1;

namespace OrganSeg.Inference.Tests;

/// <summary>Names, versions and aliases; what happens to bad models.</summary>
public sealed class ModelVersionTests
{
    private static readonly ByteImage Slice = GreyModel.Paint(Fixture.Stripes(64, 64));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SegmentSlice_AliasNewestAndVersion_ResolveInThatOrder()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        await fixture.PublishAsync("grey", GreyModel.Onnx(shift: 1));
        await fixture.Models.PromoteAsync("production", "grey@1", Token);

        Assert.Equal("1", (await fixture.SegmentAsync(Slice, "production")).ModelVersion);
        Assert.Equal("2", (await fixture.SegmentAsync(Slice, "grey")).ModelVersion);
        Assert.Equal("1", (await fixture.SegmentAsync(Slice, "grey@1")).ModelVersion);
    }

    [Fact]
    public async Task SegmentSlice_NewVersionPublishedBesides_IsServedWithoutRestart()
    {
        await using var fixture = await Fixture.StartAsync(("ResolutionSeconds", "0"));
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        var before = await fixture.SegmentAsync(Slice, "grey");

        await fixture.PublishAsync("grey", GreyModel.Onnx(shift: 1));
        var after = await fixture.SegmentAsync(Slice, "grey");

        Assert.Equal(("1", "2"), (before.ModelVersion, after.ModelVersion));
        // Shift 1 turns class c into c + 1 modulo 5.
        Assert.Equal(
            before.Labels.Pixels.Select(id => (byte)((id + 1) % 5)), after.Labels.Pixels.ToByteArray());
    }

    [Fact]
    public async Task Promote_ThenRollBack_TrafficFollows()
    {
        // The cache would outlive the test: moving an alias here must empty it.
        await using var fixture = await Fixture.StartAsync(("ResolutionSeconds", "60"));
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        await fixture.PublishAsync("grey", GreyModel.Onnx(shift: 1));

        var first = await PromoteAsync("grey@1");
        Assert.Equal(("production", "grey", "1", ""), (first.Alias_, first.Model, first.Version, first.Previous));
        Assert.Equal("1", (await fixture.SegmentAsync(Slice, "production")).ModelVersion);

        var second = await PromoteAsync("grey");
        Assert.Equal(("2", "grey@1"), (second.Version, second.Previous));
        Assert.Equal("2", (await fixture.SegmentAsync(Slice, "production")).ModelVersion);

        var back = await fixture.Client.RollBackAsync(new RollBackRequest { Alias = "production" }, cancellationToken: Token);
        Assert.Equal("1", back.Version);
        Assert.Equal("1", (await fixture.SegmentAsync(Slice, "production")).ModelVersion);

        async Task<Alias> PromoteAsync(string model) => await fixture.Client.PromoteAsync(
            new PromoteRequest { Alias = "production", Model = model }, cancellationToken: Token);
    }

    [Fact]
    public async Task Promote_ModelThatCannotBeServed_AliasStays()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        await fixture.PublishAsync("broken", [1, 2, 3]);
        await fixture.Client.PromoteAsync(new PromoteRequest { Alias = "production", Model = "grey" }, cancellationToken: Token);

        var error = await Fixture.FailureAsync(() => fixture.Client.PromoteAsync(
            new PromoteRequest { Alias = "production", Model = "broken" }, cancellationToken: Token).ResponseAsync);

        Assert.Equal(ErrorKind.Corrupt, error.Kind);
        Assert.Equal("grey", (await fixture.SegmentAsync(Slice, "production")).Model);
    }

    [Fact]
    public async Task SegmentSlice_FileChangedOnDisk_CorruptAndOthersServe()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        await fixture.PublishAsync("changed", GreyModel.Onnx(shift: 2));
        var path = fixture.PathOf("changed", "1", "model.onnx");
        var bytes = await File.ReadAllBytesAsync(path, Token);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, Token);

        var error = await Fixture.FailureAsync(() => fixture.SegmentAsync(Slice, "changed"));

        Assert.Equal(ErrorKind.Corrupt, error.Kind);
        Assert.Contains("changed/1/model.onnx", error.Message, StringComparison.Ordinal);
        Assert.Equal("grey", (await fixture.SegmentAsync(Slice, "grey")).Model);
    }

    [Theory]
    [InlineData("failed", "parity.json says that the model does not compute")]
    [InlineData("other", "parity.json is of another model.onnx")]
    [InlineData("none", "has no parity.json")]
    [InlineData("damaged", "parity.json")]
    public async Task SegmentSlice_ModelWithoutAGoodCertificate_CorruptByNameAndOthersServe(string what, string problem)
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        var onnx = GreyModel.Onnx(shift: 1);
        var parity = GreyModel.Parity(what == "other" ? GreyModel.Onnx() : onnx) with { Passed = what != "failed" };
        var published = await GreyModel.PublishAsync(fixture.Models, "bad", onnx, Token, parity: parity);
        if (what == "none")
        {
            await fixture.Models.PublishAsync(
                published, new Dictionary<string, ReadOnlyMemory<byte>> { ["model.onnx"] = onnx }, Token);
        }
        else if (what == "damaged")
        {
            await File.WriteAllTextAsync(fixture.PathOf("bad", "1", "parity.json"), "{}", Token);
        }

        var error = await Fixture.FailureAsync(() => fixture.SegmentAsync(Slice, "bad"));

        Assert.Equal(ErrorKind.Corrupt, error.Kind);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Equal("grey", (await fixture.SegmentAsync(Slice, "grey")).Model);
        var model = await fixture.Client.GetModelAsync(new GetModelRequest { Name = "bad" }, cancellationToken: Token);
        Assert.Contains(problem, model.Variants[0].Refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SegmentSlice_NoOnnxFile_CorruptAgainAndAgain()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("broken", "no graph at all"u8.ToArray());

        for (var i = 0; i < 3; i++)
        {
            var error = await Fixture.FailureAsync(() => fixture.SegmentAsync(Slice, "broken"));
            Assert.Equal(ErrorKind.Corrupt, error.Kind);
            Assert.Contains("broken@1/model.onnx", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task SegmentSlice_WrongSignature_InvalidNamesTensorAndWhatItMustBe()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("renamed", GreyModel.Onnx(input: "x"));
        await fixture.PublishAsync("wide", GreyModel.Onnx(labels: OnnxElementType.Int64));

        var renamed = await Fixture.FailureAsync(() => fixture.SegmentAsync(Slice, "renamed"));
        var wide = await Fixture.FailureAsync(() => fixture.SegmentAsync(Slice, "wide"));

        Assert.Equal((ErrorKind.Invalid, ErrorKind.Invalid), (renamed.Kind, wide.Kind));
        Assert.Contains("input 'image': is missing", renamed.Message, StringComparison.Ordinal);
        Assert.Contains(
            "wide@1/model.onnx output 'labels': is Int64 [any, any, any]; it must be UInt8 [any, 64, 64]",
            wide.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Acquire_ManyAtOnce_LoadsOnceAndSweepSparesWhatIsLeased()
    {
        await using var fixture = await Fixture.StartAsync(("MaxLoadedModels", "1"));
        await fixture.PublishAsync("a", GreyModel.Onnx());
        await fixture.PublishAsync("b", GreyModel.Onnx(shift: 1));
        var pool = fixture.Host.Get<ModelPool>();

        var leases = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => pool.AcquireAsync("a", "", Token)));
        (await pool.AcquireAsync("b", "", Token)).Dispose();
        await pool.SweepAsync();

        Assert.Single(leases.Select(lease => lease.Runner).Distinct());
        Assert.Equal(1, pool.Count);
        // a is still leased, so it still answers; b was idle and beyond the limit.
        Assert.Equal(64, (await leases[0].Runner.SegmentAsync(Slice, null, new Caller("test"), Token)).Width);
        foreach (var lease in leases)
        {
            lease.Dispose();
        }
    }

    [Fact]
    public async Task ListModels_VersionsAndAliases_NewestFirstWithHashes()
    {
        await using var fixture = await Fixture.StartAsync();
        for (var i = 0; i < 11; i++)
        {
            await fixture.PublishAsync("grey", GreyModel.Onnx());
        }

        await fixture.PublishAsync("alpha", GreyModel.Onnx());
        await fixture.Client.PromoteAsync(new PromoteRequest { Alias = "production", Model = "grey@10" }, cancellationToken: Token);

        var list = await fixture.Client.ListModelsAsync(new ListModelsRequest(), cancellationToken: Token);
        var model = await fixture.Client.GetModelAsync(new GetModelRequest { Name = "production" }, cancellationToken: Token);

        Assert.Equal(
            ["alpha@1", "grey@11", "grey@10", "grey@9", "grey@8"],
            list.Models.Take(5).Select(m => $"{m.Name}@{m.Version}"));
        Assert.Equal("production", Assert.Single(list.Aliases).Alias_);
        Assert.Equal(("grey", "10"), (model.Name, model.Version));
        Assert.Equal(["production"], model.Aliases);
        Assert.Equal(GreyModel.Onnx().Length, model.OnnxBytes);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(GreyModel.Onnx())), model.OnnxSha256);
        Assert.Equal(["background", "liver", "kidney", "spleen", "pancreas"], model.LabelSchema.Select(c => c.Name));
    }

    [Fact]
    public async Task RollBack_UnknownAlias_Missing()
    {
        await using var fixture = await Fixture.StartAsync();

        var error = await Fixture.FailureAsync(() => fixture.Client.RollBackAsync(
            new RollBackRequest { Alias = "production" }, cancellationToken: Token).ResponseAsync);

        Assert.Equal(ErrorKind.Missing, error.Kind);
    }
}
