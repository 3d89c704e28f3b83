using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using OrganSeg.Imaging;
using OrganSeg.Inference.Serving;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.Storage;
using OrganSeg.Testing;
using OrganSeg.V1;

namespace OrganSeg.Inference.Tests;

/// <summary>Canaries and shadows of an alias, over real gRPC.</summary>
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
    public async Task SegmentSlice_CanaryThatCannotBeLoaded_OwnVersionAnswers()
    {
        await using var fixture = await StartAsync();
        await GreyModel.PublishAsync(fixture.Models, "broken", new byte[100], Token);
        using var failures = new Measured("organseg.inference.canary.failures", fixture);
        // Around the service, which would refuse it.
        await fixture.Models.SetCanaryAsync("live", new ModelRollout("broken", "1", 1), Token);

        var answers = new List<SegmentSliceResponse>();
        for (var i = 0; i < 5; i++)
        {
            answers.Add(await fixture.SegmentAsync(GreyModel.Paint(Truth), "live"));
        }

        Assert.All(answers, answer => Assert.Equal(("grey", "1"), (answer.Model, answer.ModelVersion)));
        Assert.All(answers, answer => Assert.Equal(Truth.Pixels, answer.Labels.Pixels));
        Assert.Equal(5, failures.Values.Count(value => value.Tags["organseg.canary"] == "broken@1"));
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

    // Version 2 shifts each class by one, so that no pixel agrees; version 3 is version 1 again.
    [Theory]
    [InlineData("grey@2", 0)]
    [InlineData("grey@3", 1)]
    public async Task SegmentSlice_Shadow_AgreementIsMeasuredOfEachOrgan(string shadow, double dice)
    {
        await using var fixture = await StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        using var agreement = new Measured("organseg.inference.agreement", fixture);
        using var shadows = new Measured("organseg.inference.shadows", fixture);
        await fixture.Client.SetShadowAsync(
            new SetRolloutRequest { Alias = "live", Model = shadow, Share = 0.5 }, cancellationToken: Token);

        for (var i = 0; i < 4; i++)
        {
            Assert.Equal("1", (await fixture.SegmentAsync(GreyModel.Paint(Truth), "live")).ModelVersion);
        }

        await shadows.CountAsync(2);
        Assert.All(shadows.Values, value => Assert.Equal("compared", value.Tags["organseg.outcome"]));
        Assert.Equal(
            ["kidney", "kidney", "liver", "liver", "pancreas", "pancreas", "spleen", "spleen"],
            agreement.Values.Select(value => value.Tags["organseg.organ"]).Order());
        Assert.All(agreement.Values, value => Assert.Equal(dice, value.Value));
        Assert.All(agreement.Values, value => Assert.Equal(shadow, value.Tags["organseg.shadow"]));
    }

    [Fact]
    public async Task SegmentSlice_ShadowThatFails_AnswersAsBefore()
    {
        await using var fixture = await StartAsync();
        await GreyModel.PublishAsync(fixture.Models, "broken", new byte[100], Token);
        using var shadows = new Measured("organseg.inference.shadows", fixture);
        await fixture.Models.SetShadowAsync("live", new ModelRollout("broken", "1", 1), Token);

        var answer = await fixture.SegmentAsync(GreyModel.Paint(Truth), "live");

        await shadows.CountAsync(1);
        Assert.Equal(Truth.Pixels, answer.Labels.Pixels);
        Assert.Equal("Corrupt", shadows.Values.First().Tags["organseg.outcome"]);
    }

    [Fact]
    public async Task RollBack_AfterPromotion_PreviousVersionIsStillLoaded()
    {
        await using var fixture = await StartAsync(("Preload:0", "live"), ("IdleSeconds", "0.01"));
        var pool = fixture.Host.Get<ModelPool>();
        var first = await fixture.Models.ResolveAsync("grey@1", Token);
        await fixture.SegmentAsync(GreyModel.Paint(Truth), "live");

        pool.Touch("grey", "1");
        Assert.True(pool.IsLoaded(first));
        await fixture.Client.PromoteAsync(new PromoteRequest { Alias = "live", Model = "grey@2" }, cancellationToken: Token);
        Assert.True(pool.IsLoaded(first));
        await fixture.Client.RollBackAsync(new RollBackRequest { Alias = "live" }, cancellationToken: Token);

        Assert.Equal("1", (await fixture.SegmentAsync(GreyModel.Paint(Truth), "live")).ModelVersion);
    }

    // By hand: of class 1 the maps have 3 and 2 pixels, 2 in common; of class 2 one and none; class 3 is in neither.
    [Fact]
    public void Agreement_SmallMaps_IsDice()
    {
        var agreement = ShadowComparer.Agreement([0, 1, 1, 1, 2, 0], [0, 1, 1, 0, 0, 0], 4);

        Assert.Equal([null, 0.8, 0, null], agreement);
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

    /// <summary>What one service's instrument has measured; other tests' services are told apart by their meter factory.</summary>
    private sealed class Measured : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly SemaphoreSlim _more = new(0);

        public Measured(string instrument, Fixture fixture)
        {
            var factory = fixture.Host.App.Services.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (published, listener) =>
            {
                if (published.Name == instrument && ReferenceEquals(published.Meter.Scope, factory))
                {
                    listener.EnableMeasurementEvents(published);
                }
            };
            _listener.SetMeasurementEventCallback<double>((_, value, tags, _) => Add(value, tags));
            _listener.SetMeasurementEventCallback<long>((_, value, tags, _) => Add(value, tags));
            _listener.Start();
        }

        public System.Collections.Concurrent.ConcurrentQueue<(double Value, Dictionary<string, string> Tags)> Values { get; } = new();

        /// <summary>Waits until so many were measured.</summary>
        public async Task CountAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                await _more.WaitAsync(Token);
            }
        }

        public void Dispose()
        {
            _listener.Dispose();
            _more.Dispose();
        }

        private void Add(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            Values.Enqueue((value, tags.ToArray().ToDictionary(tag => tag.Key, tag => $"{tag.Value}")));
            _more.Release();
        }
    }
}
