using System.Net.Http.Json;
using System.Text.Json.Nodes;
using OrganSeg.Imaging;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.Storage;
using OrganSeg.Testing;
using OrganSeg.V1;

namespace OrganSeg.Inference.Tests;

/// <summary>Canaries of an alias, over real gRPC.</summary>
public sealed class RolloutTests
{
    private static readonly ByteImage Truth = Fixture.Stripes(64, 64);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0.1, 5)]
    [InlineData(0.25, 12)]
    [InlineData(0.5, 25)]
    [InlineData(1, 50)]
    public async Task SegmentSlice_Canary_AnswersItsShareExactly(double share, int expected)
    {
        await using var fixture = await StartAsync();
        await SetCanaryAsync(fixture, "grey@2", share);

        var versions = new List<string>();
        for (var i = 0; i < 50; i++)
        {
            versions.Add((await fixture.SegmentAsync(GreyModel.Paint(Truth), "live")).ModelVersion);
        }

        Assert.Equal(expected, versions.Count(version => version == "2"));
        // Evenly spread: no half has more than its part, give or take one.
        Assert.InRange(versions.Take(25).Count(version => version == "2"), (expected / 2) - 1, (expected / 2) + 1);
        // Only who comes by the alias meets its canary.
        Assert.Equal("1", (await fixture.SegmentAsync(GreyModel.Paint(Truth), "grey@1")).ModelVersion);
    }

    [Fact]
    public async Task SegmentSlices_Canary_OneCallStaysOnOneVersion()
    {
        await using var fixture = await StartAsync();
        await SetCanaryAsync(fixture, "grey@2", 0.5);
        var calls = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            using var call = fixture.Client.SegmentSlices(cancellationToken: Token);
            for (var id = 0UL; id < 6; id++)
            {
                await call.RequestStream.WriteAsync(Fixture.Request(GreyModel.Paint(Truth), id == 0 ? "live" : "", id), Token);
            }

            await call.RequestStream.CompleteAsync();
            var versions = new HashSet<string>();
            while (await call.ResponseStream.MoveNext(Token))
            {
                versions.Add(call.ResponseStream.Current.ModelVersion);
            }

            calls.Add(Assert.Single(versions));
        }

        Assert.Equal(["1", "1", "2", "2"], calls.Order());
    }

    [Fact]
    public async Task SegmentSlices_AliasChangesMeanwhile_OneCallStaysOnOneVersion()
    {
        await using var fixture = await StartAsync(("ResolutionSeconds", "0"));
        using var call = fixture.Client.SegmentSlices(cancellationToken: Token);
        Assert.Equal("1", await AskAsync());

        await SetCanaryAsync(fixture, "grey@2", 1);
        Assert.Equal("1", await AskAsync());
        Assert.Equal("2", (await fixture.SegmentAsync(GreyModel.Paint(Truth), "live")).ModelVersion);

        await fixture.Client.PromoteAsync(new PromoteRequest { Alias = "live", Model = "grey@2" }, cancellationToken: Token);
        Assert.Equal("1", await AskAsync());
        await call.RequestStream.CompleteAsync();

        async Task<string> AskAsync()
        {
            await call.RequestStream.WriteAsync(Fixture.Request(GreyModel.Paint(Truth), "live"), Token);
            Assert.True(await call.ResponseStream.MoveNext(Token));
            return call.ResponseStream.Current.ModelVersion;
        }
    }

    [Fact]
    public async Task SegmentVolume_Canary_OneVersionForAllSlices()
    {
        await using var fixture = await StartAsync();
        await SetCanaryAsync(fixture, "grey@2", 1);
        double[] affine = [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0];

        var (result, file) = await VolumeCalls.SegmentAsync(
            fixture, NiftiFile.Write([64, 64, 5], affine, [.. Enumerable.Repeat((short)-125, 64 * 64 * 5)]), new VolumeOptions { Model = "live" });

        Assert.Equal("2", result.ModelVersion);
        // Version 2 calls everything by the next class.
        Assert.All(file[^(64 * 64 * 5)..], label => Assert.Equal(1, label));
    }

    [Fact]
    public async Task SetCanary_VersionThatCannotBeServed_RefusedAndNothingChanges()
    {
        await using var fixture = await StartAsync();
        await GreyModel.PublishAsync(fixture.Models, "broken", new byte[100], Token);

        var error = await Fixture.FailureAsync(() => SetCanaryAsync(fixture, "broken", 0.5));

        Assert.Equal(ErrorKind.Corrupt, error.Kind);
        Assert.Null((await fixture.Models.ResolveWithAliasAsync("live", Token)).Alias!.Canary);
    }

    [Fact]
    public async Task SetCanary_ThenEnded_AliasSaysSo()
    {
        await using var fixture = await StartAsync();

        var set = await SetCanaryAsync(fixture, "grey@2", 0.3);
        var listed = await fixture.Client.ListModelsAsync(new ListModelsRequest(), cancellationToken: Token);
        var ended = await SetCanaryAsync(fixture, "", 0);

        Assert.Equal(("grey", "2", 0.3), (set.Canary.Model, set.Canary.Version, set.Canary.Share));
        Assert.Equal(set.Canary, listed.Aliases.Single(alias => alias.Alias_ == "live").Canary);
        Assert.Null(ended.Canary);
        Assert.Equal("1", (await fixture.SegmentAsync(GreyModel.Paint(Truth), "live")).ModelVersion);
    }

    [Theory]
    [InlineData("grey@2", 1.5, "share")]
    [InlineData("grey@2", -0.1, "share")]
    [InlineData("grey@2", double.NaN, "share")]
    [InlineData("grey@1", 0.5, "model")]
    public async Task SetCanary_ThatMeansNothing_InvalidNamesTheField(string model, double share, string field)
    {
        await using var fixture = await StartAsync();

        var error = await Fixture.FailureAsync(() => SetCanaryAsync(fixture, model, share));

        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.Equal(field, Assert.Single(error.Violations).Field);
    }

    [Fact]
    public async Task SetCanary_UnknownAliasOrModel_Missing()
    {
        await using var fixture = await StartAsync();

        var model = await Fixture.FailureAsync(() => SetCanaryAsync(fixture, "none", 0.5));
        var alias = await Fixture.FailureAsync(() => fixture.Client.SetShadowAsync(
            new SetRolloutRequest { Alias = "none", Model = "grey@2", Share = 0.5 }, cancellationToken: Token).ResponseAsync);

        Assert.Equal((ErrorKind.Missing, ErrorKind.Missing), (model.Kind, alias.Kind));
    }

    [Fact]
    public async Task SetCanary_OverRest_SetsAndEndsByItsPath()
    {
        await using var fixture = await StartAsync();
        using var http = fixture.Http();

        using var set = await http.PostAsJsonAsync("/v1/aliases/live:canary", new { model = "grey@2", share = 1 }, Token);
        using var shadow = await http.PostAsJsonAsync("/v1/aliases/live:shadow", new { model = "grey@2", share = 0.25 }, Token);
        var answer = (await shadow.Content.ReadFromJsonAsync<JsonObject>(Token))!;
        var canarys = await fixture.SegmentAsync(GreyModel.Paint(Truth), "live");
        using var ended = await http.PostAsJsonAsync("/v1/aliases/live:canary", new { model = "grey@2", share = 0 }, Token);

        Assert.Equal("2", (string?)answer["canary"]!["version"]);
        Assert.Equal(0.25, (double)answer["shadow"]!["share"]!);
        Assert.Equal("2", canarys.ModelVersion);
        Assert.Null((await ended.Content.ReadFromJsonAsync<JsonObject>(Token))!["canary"]);
        Assert.Equal("1", (await fixture.SegmentAsync(GreyModel.Paint(Truth), "live")).ModelVersion);
    }

    [Fact]
    public async Task SetCanary_OnOneReplica_TheOthersAndTheNextStartFollow()
    {
        using var folder = new Support.TemporaryFolder();
        var settings = new Dictionary<string, string?> { ["Inference:ResolutionSeconds"] = "0" };
        await using var one = await ServiceHost.StartInferenceAsync(folder.Path, Token, settings);
        var client = new InferenceService.InferenceServiceClient(one.Channel);
        await GreyModel.PublishAsync(one.Get<ModelCatalogue>(), "grey", GreyModel.Onnx(), Token);
        await GreyModel.PublishAsync(one.Get<ModelCatalogue>(), "grey", GreyModel.Onnx(shift: 1), Token);
        await client.PromoteAsync(new PromoteRequest { Alias = "live", Model = "grey@1" }, cancellationToken: Token);
        await using (var other = await ServiceHost.StartInferenceAsync(folder.Path, Token, settings))
        {
            Assert.Equal("1", await AskAsync(other));
            await client.SetCanaryAsync(new SetRolloutRequest { Alias = "live", Model = "grey@2", Share = 1 }, cancellationToken: Token);
            Assert.Equal("2", await AskAsync(other));
        }

        await using var started = await ServiceHost.StartInferenceAsync(folder.Path, Token, settings);
        Assert.Equal("2", await AskAsync(started));
        await client.SetCanaryAsync(new SetRolloutRequest { Alias = "live" }, cancellationToken: Token);
        Assert.Equal("1", await AskAsync(started));

        static async Task<string> AskAsync(ServiceHost host) =>
            (await new InferenceService.InferenceServiceClient(host.Channel).SegmentSliceAsync(
                Fixture.Request(GreyModel.Paint(Truth), "live"), cancellationToken: Token)).ModelVersion;
    }

    [Fact]
    public async Task Promote_TheCanary_EndsItAndItAnswersEverything()
    {
        await using var fixture = await StartAsync();
        await SetCanaryAsync(fixture, "grey@2", 0.5);

        var promoted = await fixture.Client.PromoteAsync(new PromoteRequest { Alias = "live", Model = "grey@2" }, cancellationToken: Token);

        Assert.Null(promoted.Canary);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal("2", (await fixture.SegmentAsync(GreyModel.Paint(Truth), "live")).ModelVersion);
        }
    }

    private static async Task<Fixture> StartAsync(params (string, string)[] settings)
    {
        var fixture = await Fixture.StartAsync(settings);
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        await fixture.PublishAsync("grey", GreyModel.Onnx(shift: 1));
        await fixture.Client.PromoteAsync(new PromoteRequest { Alias = "live", Model = "grey@1" }, cancellationToken: Token);
        return fixture;
    }

    private static async Task<Alias> SetCanaryAsync(Fixture fixture, string model, double share) =>
        await fixture.Client.SetCanaryAsync(
            new SetRolloutRequest { Alias = "live", Model = model, Share = share }, cancellationToken: Token);
}
