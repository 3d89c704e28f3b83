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
        using var listener = Listen(spans);
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        using var root = new Activity("caller").Start();

        await fixture.SegmentAsync(GreyModel.Paint(Fixture.Stripes(64, 64)), "grey");

        var mine = spans.Where(span => span.TraceId == root.TraceId && span.Source.Name == InferenceTelemetry.Name).ToList();
        Assert.Equal(["inference.load", "inference.queue", "inference.run"], mine.Select(span => span.OperationName));
        Assert.All(mine, span => Assert.Equal("grey", span.GetTagItem("organseg.model")));
        Assert.All(mine, span => Assert.Equal("1", span.GetTagItem("organseg.model.version")));
        Assert.Equal(1, mine[2].GetTagItem("organseg.batch.size"));
        Assert.True(mine[1].StartTimeUtc + mine[1].Duration <= mine[2].StartTimeUtc + mine[2].Duration);
    }

    [Fact]
    public async Task SegmentSlice_TwoCallersInOneBatch_RunIsInBothTracesAndLinksThem()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = Listen(spans);
        // A full batch does not wait for the delay, so that the test does not either.
        await using var fixture = await Fixture.StartAsync(("MaxBatch", "2"), ("BatchDelayMilliseconds", "10000"));
        await fixture.PublishAsync("grey", GreyModel.Onnx());

        var callers = await Task.WhenAll(CallAsync(), CallAsync());

        var runs = callers.Select(trace => Assert.Single(spans, span => span.TraceId == trace && span.OperationName == "inference.run")).ToList();
        Assert.All(runs, run => Assert.Equal(2, run.GetTagItem("organseg.batch.size")));
        Assert.Equal(callers[1], Assert.Single(runs[0].Links).Context.TraceId);
        Assert.Equal(callers[0], Assert.Single(runs[1].Links).Context.TraceId);
        Assert.Equal(runs[1].ParentSpanId, Assert.Single(runs[0].Links).Context.SpanId);

        async Task<ActivityTraceId> CallAsync()
        {
            using var caller = new Activity("caller").Start();
            await fixture.SegmentAsync(GreyModel.Paint(Fixture.Stripes(64, 64)), "grey");
            return caller.TraceId;
        }
    }

    [Fact]
    public async Task SegmentSlices_ModelIsMissing_CallSaysWhatToDo()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = Listen(spans);
        await using var fixture = await Fixture.StartAsync();
        using var root = new Activity("caller").Start();
        using var call = fixture.Client.SegmentSlices(cancellationToken: TestContext.Current.CancellationToken);

        await call.RequestStream.WriteAsync(Fixture.Request(Fixture.Stripes(64, 64), "absent"), TestContext.Current.CancellationToken);
        await call.RequestStream.CompleteAsync();
        Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Equal("Missing", call.ResponseStream.Current.Error.Kind);
        Assert.False(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        await fixture.Host.DisposeAsync();

        var server = Assert.Single(spans, span => span.TraceId == root.TraceId && span.Kind == ActivityKind.Server);
        Assert.Equal(ActivityStatusCode.Error, server.Status);
        Assert.Equal("Missing", server.GetTagItem("error.type"));
        Assert.Contains("There is no model absent", server.StatusDescription, StringComparison.Ordinal);
    }

    private static ActivityListener Listen(ConcurrentQueue<Activity> spans)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is InferenceTelemetry.Name or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
