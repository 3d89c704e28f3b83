using System.Collections.Concurrent;
using System.Diagnostics;
using OrganSeg.Trainer.Tests.Support;

namespace OrganSeg.Trainer.Tests.Runs;

public sealed class TrainerTraceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_OfATracedCall_ContinuesItsTraceDownToTheBlobs()
    {
        var spans = new ConcurrentBag<Activity>();
        using var listener = Listen(spans);
        string trace;
        await using (var host = await TrainerHost.StartAsync(_folder.Path, Token))
        {
            await TinyData.SealAsync(host.Store, "validation", Token);
            using var caller = new Activity("caller").Start();
            trace = caller.TraceId.ToString();
            var run = await host.StartRunAsync(Token, ("epochs", "2"));
            await host.WatchAsync(run.RunId, Token);
        }

        var own = spans.Where(span => span.TraceId.ToString() == trace).ToArray();
        var root = Assert.Single(own, span => span.OperationName == "train.run");
        var epochs = own.Where(span => span.OperationName == "train.epoch").ToArray();
        Assert.Equal(2, epochs.Length);
        Assert.All(epochs, epoch => Assert.Equal(root.SpanId, epoch.ParentSpanId));
        Assert.All(epochs, epoch => Assert.NotNull(epoch.GetTagItem("organseg.loss")));
        foreach (var name in new[] { "train.load", "train.validate", "train.checkpoint", "export.onnx", "parity", "publish" })
        {
            Assert.Contains(own, span => span.OperationName == name);
        }

        var checkpoints = own.Where(span => span.OperationName == "train.checkpoint").Select(span => span.SpanId).ToHashSet();
        Assert.Contains(own, span => span.OperationName == "blob.write" && checkpoints.Contains(span.ParentSpanId));
        var queue = Assert.Single(own, span => span.OperationName == "train.queue");
        Assert.Equal(root.ParentSpanId, queue.ParentSpanId);
        Assert.True(queue.StartTimeUtc + queue.Duration <= root.StartTimeUtc + root.Duration);
    }

    [Fact]
    public async Task ResumeRun_CancelledRun_GoesOnInTheTraceOfWhoResumesIt()
    {
        var spans = new ConcurrentBag<Activity>();
        using var listener = Listen(spans);
        var traces = new List<string>();
        await using (var host = await TrainerHost.StartAsync(_folder.Path, Token))
        {
            await TinyData.SealAsync(host.Store, "validation", Token);
            var runId = await TraceAsync(async () => (await host.StartRunAsync(Token, ("epochs", "100000"))).RunId);
            await host.WatchAsync(runId, Token, until: e => e.Batch is not null);
            var events = await CancelAsync(runId);
            await TraceAsync(async () => (await host.Client.ResumeRunAsync(new() { RunId = runId }, cancellationToken: Token)).RunId);
            // One that is cancelled while it still waits has no span.
            await host.WatchAsync(runId, Token, skip: (ulong)events, until: e => e.Batch is not null);
            await CancelAsync(runId);

            async Task<int> CancelAsync(string runId)
            {
                await host.Client.CancelRunAsync(new() { RunId = runId }, cancellationToken: Token);
                return (await host.WatchAsync(runId, Token)).Count;
            }
        }

        var runs = spans.Where(span => span.OperationName == "train.run" && traces.Contains(span.TraceId.ToString())).OrderBy(span => span.StartTimeUtc);
        Assert.Equal(traces, runs.Select(span => span.TraceId.ToString()));

        async Task<string> TraceAsync(Func<Task<string>> call)
        {
            using var caller = new Activity("caller").Start();
            traces.Add(caller.TraceId.ToString());
            return await call();
        }
    }

    private static ActivityListener Listen(ConcurrentBag<Activity> spans)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith("OrganSeg.", StringComparison.Ordinal) || source.Name == "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
