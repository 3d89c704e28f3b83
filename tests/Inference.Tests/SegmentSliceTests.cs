using OrganSeg.Imaging;
using OrganSeg.Inference.Serving;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.V1;

namespace OrganSeg.Inference.Tests;

/// <summary>Single slices over real gRPC, with real ONNX models.</summary>
public sealed class SegmentSliceTests
{
    [Fact]
    public async Task SegmentSlice_NetworkSize_EveryPixelIsRight()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        var truth = Fixture.Stripes(64, 64);

        var answer = await fixture.SegmentAsync(GreyModel.Paint(truth), "grey");

        Assert.Equal(truth.Pixels, answer.Labels.Pixels.ToByteArray());
        Assert.Equal(("grey", "1"), (answer.Model, answer.ModelVersion));
    }

    // The expected labels follow the contract step by step: the recipe, nearest class of every grey value (computed
    // here, without ONNX), and the recipe's way back.
    [Theory]
    [InlineData(64, 64)]
    [InlineData(63, 65)]
    [InlineData(1, 1)]
    [InlineData(17, 40)]
    [InlineData(200, 31)]
    [InlineData(129, 127)]
    public async Task SegmentSlice_AnySize_FollowsRecipeThereAndBack(int width, int height)
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        var slice = GreyModel.Paint(Fixture.Stripes(width, height));
        var recipe = new SlicePreprocessor(new PreprocessingRecipe { Size = 64 });
        var network = recipe.ToNetwork(slice);
        var nearest = Array.ConvertAll(
            network.Pixels, grey => (byte)Enumerable.Range(0, 5).MinBy(c => Math.Abs(grey - c * GreyModel.GreyPerClass)));
        var expected = recipe.LabelsToSource(new ByteImage(64, 64, nearest), width, height);

        var answer = await fixture.SegmentAsync(slice, "grey");

        Assert.Equal(((uint)width, (uint)height), (answer.Labels.Width, answer.Labels.Height));
        Assert.Equal(expected.Pixels, answer.Labels.Pixels.ToByteArray());
    }

    [Fact]
    public async Task SegmentSlice_Png_SameAnswerAsRaster()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        var slice = GreyModel.Paint(Fixture.Stripes(80, 48));
        var raster = await fixture.SegmentAsync(slice, "grey");

        var png = await fixture.Client.SegmentSliceAsync(
            new SegmentSliceRequest { Model = "grey", Png = Google.Protobuf.ByteString.CopyFrom(Png.WriteGrey(slice)) },
            cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(raster.Labels, png.Labels);
    }

    [Fact]
    public async Task SegmentSlice_TwoHundredAtOnce_EveryCallerGetsItsOwnAnswer()
    {
        await using var fixture = await Fixture.StartAsync(("QueueCapacity", "200"));
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        var slices = Enumerable.Range(0, 200).Select(i => Fixture.Stripes(30 + i, 64)).ToList();

        // Sizes that differ make a mixed-up answer visible.
        var answers = await Task.WhenAll(slices.Select(truth => fixture.SegmentAsync(GreyModel.Paint(truth), "grey")));

        Assert.Equal(slices.Select(slice => (uint)slice.Width), answers.Select(answer => answer.Labels.Width));
        Assert.Equal(slices[34].Pixels, answers[34].Labels.Pixels.ToByteArray());
    }

    [Fact]
    public async Task SegmentSlice_QueueFull_QuotaWithRetry()
    {
        await using var fixture = await Fixture.StartAsync(("QueueCapacity", "1"), ("MaxBatch", "1"));
        // Large enough that calls outrun the runs by far.
        await fixture.PublishAsync("grey", GreyModel.Onnx(), size: 1024);
        var slice = GreyModel.Paint(Fixture.Stripes(1024, 1024));
        using var lease = await fixture.Host.Get<ModelPool>().AcquireAsync("grey", "", TestContext.Current.CancellationToken);

        var calls = Enumerable.Range(0, 40).Select(_ => lease.Runner.SegmentAsync(
            slice, null, new Caller("test"), TestContext.Current.CancellationToken)).ToList();
        var outcomes = await Task.WhenAll(calls.Select(async call =>
        {
            try
            {
                await call;
                return null;
            }
            catch (OrganSegException error)
            {
                return error;
            }
        }));

        Assert.Contains(outcomes, outcome => outcome is null);
        var refused = outcomes.OfType<OrganSegException>().ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, error => Assert.Equal(ErrorKind.Quota, error.Kind));
        Assert.All(refused, error => Assert.Equal(TimeSpan.FromSeconds(1), error.RetryAfter));
    }

    [Fact]
    public async Task SegmentSlice_WrongRequests_NameTheField()
    {
        await using var fixture = await Fixture.StartAsync(("MaxSide", "100"));
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        var slice = Fixture.Stripes(64, 64);
        var cut = Fixture.Request(slice, "grey");
        cut.Raster.Width = 65;
        var big = new SegmentSliceRequest
        {
            Model = "grey",
            Png = Google.Protobuf.ByteString.CopyFrom(Png.WriteGrey(new ByteImage(101, 2))),
        };

        Assert.Equal("model", await FieldAsync(Fixture.Request(slice, "")));
        Assert.Equal("image", await FieldAsync(new SegmentSliceRequest { Model = "grey" }));
        Assert.Equal("raster", await FieldAsync(cut));
        Assert.Equal("raster", await FieldAsync(Fixture.Request(new ByteImage(101, 2), "grey")));
        Assert.Equal("png", await FieldAsync(big));
        Assert.Equal("png", await FieldAsync(new SegmentSliceRequest
        {
            Model = "grey",
            Png = Google.Protobuf.ByteString.CopyFromUtf8("this is text and no picture at all"),
        }));

        async Task<string> FieldAsync(SegmentSliceRequest request)
        {
            var error = await Fixture.FailureAsync(() => fixture.Client.SegmentSliceAsync(
                request, cancellationToken: TestContext.Current.CancellationToken).ResponseAsync);
            Assert.Equal(ErrorKind.Invalid, error.Kind);
            return Assert.Single(error.Violations).Field;
        }
    }

    [Fact]
    public async Task SegmentSlice_UnknownModel_MissingNamesWhatThereIs()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());

        var error = await Fixture.FailureAsync(() => fixture.SegmentAsync(Fixture.Stripes(8, 8), "gray"));

        Assert.Equal(ErrorKind.Missing, error.Kind);
        Assert.Contains("grey@1", error.Message, StringComparison.Ordinal);
    }
}
