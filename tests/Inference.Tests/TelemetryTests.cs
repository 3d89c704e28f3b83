using System.Collections.Concurrent;
using System.Diagnostics;
using OrganSeg.Inference.Tests.Support;

namespace OrganSeg.Inference.Tests;

/// <summary>What a trace of a segmentation shows.</summary>
public sealed class TelemetryTests
{
    [Fact]
    public async Task SegmentSlice_FirstCall_LoadQueueAndRunInTheCallersTrace()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == InferenceTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        using var root = new Activity("caller").Start();

        await fixture.SegmentAsync(GreyModel.Paint(Fixture.Stripes(64, 64)), "grey");

        var mine = spans.Where(span => span.TraceId == root.TraceId).ToList();
        Assert.Equal(["inference.load", "inference.queue", "inference.run"], mine.Select(span => span.OperationName));
        Assert.All(mine, span => Assert.Equal("grey", span.GetTagItem("organseg.model")));
        Assert.All(mine, span => Assert.Equal("1", span.GetTagItem("organseg.model.version")));
        Assert.Equal(1, mine[2].GetTagItem("organseg.batch.size"));
        Assert.True(mine[1].StartTimeUtc + mine[1].Duration <= mine[2].StartTimeUtc + mine[2].Duration);
    }
}
