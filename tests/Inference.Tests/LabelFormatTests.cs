using OrganSeg.Imaging;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.V1;

namespace OrganSeg.Inference.Tests;

/// <summary>The forms a label map is sent in, and confidences beside it.</summary>
public sealed class LabelFormatTests
{
    [Fact]
    public async Task SegmentSlice_AsPng_HoldsTheSameClassIds()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        var truth = Fixture.Stripes(64, 64);

        var answer = await SegmentAsync(fixture, GreyModel.Paint(truth), LabelFormat.Png);

        Assert.Null(answer.Labels);
        Assert.Equal(truth.Pixels, Png.ReadGrey(answer.Png.Span, "labels").Pixels);
    }

    [Theory]
    [InlineData(64, 64)]
    [InlineData(37, 5)]
    [InlineData(1, 1)]
    public async Task SegmentSlice_AsRuns_UnrollToTheRaster(int width, int height)
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        var slice = GreyModel.Paint(Fixture.Stripes(width, height));
        var raster = await fixture.SegmentAsync(slice, "grey");

        var answer = await SegmentAsync(fixture, slice, LabelFormat.RunLength);

        var runs = answer.RunLengths;
        Assert.Equal(((uint)width, (uint)height), (runs.Width, runs.Height));
        Assert.Equal(raster.Labels.Pixels, runs.Ids.Zip(runs.Lengths).SelectMany(run => Enumerable.Repeat(run.First, (int)run.Second)));
        // As long as they can be: no run goes on in the next.
        Assert.DoesNotContain(runs.Ids.Zip(runs.Ids.Skip(1)), pair => pair.First == pair.Second);
    }

    [Fact]
    public async Task SegmentSlice_OneClass_IsOneRun()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());

        var answer = await SegmentAsync(fixture, new ByteImage(64, 64), LabelFormat.RunLength);

        Assert.Equal([4096u], answer.RunLengths.Lengths);
        Assert.Equal([0], answer.RunLengths.Ids.ToByteArray());
    }

    [Fact]
    public async Task SegmentSlice_UnknownFormat_NamesTheField()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());

        var error = await Fixture.FailureAsync(() => SegmentAsync(fixture, new ByteImage(64, 64), (LabelFormat)9));

        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.Equal("format", Assert.Single(error.Violations).Field);
    }

    // By hand. The logit of class c is −(grey − 50·c)². At grey 50 class 1 is certain (the next is e^−2500 as likely). At 75
    // classes 1 and 2 are equally near, so each has one half, and the lower id wins. A half of each makes 0.75.
    [Fact]
    public async Task SegmentSlice_Confidence_IsTheMeanSoftmaxOverTheOrgan()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        var slice = new ByteImage(64, 64);
        slice.Pixels.AsSpan(0, 640).Fill(50);
        slice.Pixels.AsSpan(640, 640).Fill(75);
        slice.Pixels.AsSpan(1280, 64).Fill(150);
        var request = Fixture.Request(slice, "grey");
        var plain = await fixture.SegmentAsync(slice, "grey");
        request.Confidence = true;

        var answer = await fixture.Client.SegmentSliceAsync(request, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(plain.Labels, answer.Labels);
        Assert.Empty(plain.Confidences);
        Assert.Equal([(1u, "liver", 1280L), (3u, "spleen", 64L)], answer.Confidences.Select(c => (c.Id, c.Name, c.Pixels)));
        Assert.Equal(0.75, answer.Confidences[0].Confidence, 1e-6);
        Assert.Equal(1, answer.Confidences[1].Confidence, 1e-6);
    }

    private static async Task<SegmentSliceResponse> SegmentAsync(Fixture fixture, ByteImage slice, LabelFormat format)
    {
        var request = Fixture.Request(slice, "grey");
        request.Format = format;
        return await fixture.Client.SegmentSliceAsync(request, cancellationToken: TestContext.Current.CancellationToken);
    }
}
