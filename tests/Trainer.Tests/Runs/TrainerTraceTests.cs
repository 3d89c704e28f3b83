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
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith("OrganSeg.", StringComparison.Ordinal) || source.Name == "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
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
    }
}
