using OrganSeg.Imaging;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.Onnx;
using OrganSeg.Storage;
using OrganSeg.Testing;
using OrganSeg.V1;

namespace OrganSeg.Inference.Tests;

/// <summary>A canary can make no request fail.</summary>
public sealed class CanaryFailureTests
{
    private static readonly ByteImage Truth = Fixture.Stripes(64, 64);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // No ONNX file, another signature, and one that can be loaded but not run on slices that are not black.
    public static TheoryData<string, string> Canaries => new()
    {
        { "no graph", "Corrupt" },
        { "signature", "Invalid" },
        { "run", "Corrupt" },
        { "gone", "Missing" },
    };

    [Theory]
    [MemberData(nameof(Canaries))]
    public async Task SegmentSlice_CanaryThatFails_OwnVersionAnswers(string what, string kind)
    {
        await using var fixture = await StartAsync(what);
        using var failures = new Measured("organseg.inference.canary.failures", fixture);

        for (var i = 0; i < 5; i++)
        {
            var answer = await fixture.SegmentAsync(GreyModel.Paint(Truth), "live");
            Assert.Equal(("grey", "1"), (answer.Model, answer.ModelVersion));
            Assert.Equal(Truth.Pixels, answer.Labels.Pixels);
        }

        Assert.Equal(5, failures.Values.Count);
        Assert.All(failures.Values, value => Assert.Equal("broken@1", value.Tags["organseg.canary"]));
        Assert.All(failures.Values, value => Assert.Equal(kind, value.Tags["error.type"]));
    }

    [Theory]
    [MemberData(nameof(Canaries))]
    public async Task SegmentSlices_CanaryThatFails_OwnVersionAnswersEverySlice(string what, string kind)
    {
        await using var fixture = await StartAsync(what);
        using var failures = new Measured("organseg.inference.canary.failures", fixture);
        using var call = fixture.Client.SegmentSlices(cancellationToken: Token);

        for (var id = 0UL; id < 5; id++)
        {
            await call.RequestStream.WriteAsync(Fixture.Request(GreyModel.Paint(Truth), "live", id), Token);
            Assert.True(await call.ResponseStream.MoveNext(Token));
            Assert.Null(call.ResponseStream.Current.Error);
            Assert.Equal("grey", call.ResponseStream.Current.Model);
        }

        await call.RequestStream.CompleteAsync();
        // After the first it is tried no more in this call.
        Assert.Equal(kind, Assert.Single(failures.Values).Tags["error.type"]);
    }

    [Theory]
    [MemberData(nameof(Canaries))]
    public async Task SegmentVolume_CanaryThatFails_OwnVersionAnswersTheWhole(string what, string kind)
    {
        await using var fixture = await StartAsync(what);
        using var failures = new Measured("organseg.inference.canary.failures", fixture);
        double[] affine = [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0];

        // 35 HU is grey 102 in the window of −125 to 275, nearest to kidney's 100.
        var (result, file) = await VolumeCalls.SegmentAsync(
            fixture, NiftiFile.Write([64, 64, 5], affine, [.. Enumerable.Repeat((short)35, 64 * 64 * 5)]), new VolumeOptions { Model = "live" });

        Assert.Equal(("grey", "1"), (result.Model, result.ModelVersion));
        Assert.All(file[^(64 * 64 * 5)..], label => Assert.Equal(2, label));
        Assert.Equal(kind, Assert.Single(failures.Values).Tags["error.type"]);
    }

    [Fact]
    public async Task SegmentSlice_RequestThatIsWrong_IsRefusedAndNoFaultOfTheCanary()
    {
        await using var fixture = await StartAsync("works");
        using var failures = new Measured("organseg.inference.canary.failures", fixture);
        var cut = Fixture.Request(GreyModel.Paint(Truth), "live");
        cut.Raster.Height++;
        var variant = Fixture.Request(GreyModel.Paint(Truth), "live");
        variant.Variant = "int4";

        Assert.Equal("1", (await fixture.SegmentAsync(GreyModel.Paint(Truth), "live")).ModelVersion);
        var wrong = await Fixture.FailureAsync(() => fixture.Client.SegmentSliceAsync(cut, cancellationToken: Token).ResponseAsync);
        var other = await Fixture.FailureAsync(() => fixture.Client.SegmentSliceAsync(variant, cancellationToken: Token).ResponseAsync);

        Assert.Equal(("raster", "variant"), (wrong.Violations.Single().Field, other.Violations.Single().Field));
        Assert.Empty(failures.Values);
    }

    [Fact]
    public async Task SegmentSlice_CanaryUnloadedHere_OwnVersionAnswers()
    {
        await using var fixture = await StartAsync("works");
        Assert.Equal("broken", (await fixture.SegmentAsync(GreyModel.Paint(Truth), "live")).Model);

        await fixture.Host.Get<Serving.ModelPool>().UnloadAsync("broken");

        Assert.Equal("grey", (await fixture.SegmentAsync(GreyModel.Paint(Truth), "live")).Model);
    }

    /// <summary>The alias live names grey@1; a canary answers all of its requests, put there around the service that would
    /// refuse it.</summary>
    private static async Task<Fixture> StartAsync(string canary)
    {
        var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        await fixture.Client.PromoteAsync(new PromoteRequest { Alias = "live", Model = "grey@1" }, cancellationToken: Token);
        if (canary != "gone")
        {
            await fixture.PublishAsync("broken", canary switch
            {
                "no graph" => new byte[100],
                "signature" => GreyModel.Onnx(labels: OnnxElementType.Int64),
                "run" => GreyModel.OnnxWithTable(1),
                _ => GreyModel.Onnx(),
            });
        }

        await fixture.Models.SetCanaryAsync("live", new ModelRollout("broken", "1", 1), Token);
        return fixture;
    }
}
