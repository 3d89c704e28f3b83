using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using OrganSeg.Imaging;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.Onnx;
using OrganSeg.OpenInference;
using OrganSeg.Testing;
using OrganSeg.V1;

namespace OrganSeg.Inference.Tests;

/// <summary>A caller who goes ends the work, also in the middle of a run.</summary>
public sealed class CancellationTests
{
    // So many passes over the pixels that one run takes many seconds on any machine at the size these tests use, and nothing
    // at the size the model is warmed up with.
    private const int Passes = 2500;
    private const int WarmSide = 16;
    private const int LargeSide = 2048;

    // The bound of the service is half a second beyond an operator; a run that is not stopped takes far longer.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ModelInfer_CallerGoesInTheMiddle_RunEndsSoonAndServesTheNext()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("slow-tensors", SlowModel(), WarmSide);
        var client = new GRPCInferenceService.GRPCInferenceServiceClient(fixture.Host.Channel);
        using var runs = new RunStarts("slow-tensors");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var gone = client.ModelInferAsync(Tensor(LargeSide), cancellationToken: stop.Token).ResponseAsync;
        await runs.FirstAsync();

        var left = Stopwatch.GetTimestamp();
        await stop.CancelAsync();
        await Assert.ThrowsAsync<RpcException>(() => gone);
        var end = await runs.FirstEndAsync();

        Assert.Equal(ActivityStatusCode.Error, end);
        Assert.InRange(Stopwatch.GetElapsedTime(left), TimeSpan.Zero, Soon);
        var next = await client.ModelInferAsync(Tensor(WarmSide), cancellationToken: Token);
        // Grey 0 is class 0, whatever the passes before.
        Assert.All(next.RawOutputContents[0], label => Assert.Equal(0, label));
    }

    [Fact]
    public async Task SegmentSlice_EveryCallerOfABatchGoes_RunEnds()
    {
        await using var fixture = await Fixture.StartAsync(("MaxBatch", "2"));
        await fixture.PublishAsync("slow-slices", SlowModel(), 768);
        using var runs = new RunStarts("slow-slices");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var gone = fixture.Client.SegmentSliceAsync(
            Fixture.Request(new ByteImage(768, 768), "slow-slices"), cancellationToken: stop.Token).ResponseAsync;
        await runs.FirstAsync();

        await stop.CancelAsync();
        var error = await Assert.ThrowsAsync<RpcException>(() => gone);

        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        Assert.Equal(ActivityStatusCode.Error, await runs.FirstEndAsync());
        // Another caller's slice is run and answered.
        var answer = await fixture.SegmentAsync(new ByteImage(768, 768), "slow-slices");
        Assert.All(answer.Labels.Pixels, label => Assert.Equal(0, label));
    }

    [Fact]
    public async Task SegmentVolume_CallerGoes_PlaceIsFreeSoon()
    {
        await using var fixture = await Fixture.StartAsync(("MaxVolumes", "1"));
        await fixture.PublishAsync("slow-volume", SlowModel(), 512);
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        using var runs = new RunStarts("slow-volume");
        double[] affine = [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0];
        var file = NiftiFile.Write([64, 64, 40], affine, new short[64 * 64 * 40]);
        using (var call = fixture.Client.SegmentVolume(cancellationToken: Token))
        {
            await call.RequestStream.WriteAsync(new SegmentVolumeRequest { Options = new VolumeOptions { Model = "slow-volume" } }, Token);
            await call.RequestStream.WriteAsync(new SegmentVolumeRequest { Chunk = ByteString.CopyFrom(file) }, Token);
            await call.RequestStream.CompleteAsync();
            await runs.FirstAsync();
        }

        var left = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await VolumeCalls.SegmentAsync(fixture, file, new VolumeOptions { Model = "grey" });
                break;
            }
            catch (RpcException error) when (error.StatusCode == StatusCode.ResourceExhausted)
            {
                // The first volume still has the only place.
                Assert.InRange(Stopwatch.GetElapsedTime(left), TimeSpan.Zero, Soon);
            }
        }
    }

    private static ModelInferRequest Tensor(int side) => new()
    {
        ModelName = "slow-tensors",
        Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "image", Datatype = "FP32", Shape = { 1, 1, side, side } } },
        Outputs = { new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "labels" } },
        RawInputContents = { ByteString.CopyFrom(new byte[sizeof(float) * side * side]) },
    };

    /// <summary>The grey model behind a long chain of additions, which leaves black as it is.</summary>
    private static byte[] SlowModel()
    {
        var classes = LabelSchema.Abdomen.Count;
        var graph = new OnnxGraph("slow");
        var image = graph.AddInput("image", OnnxElementType.Float, "N", 1, "H", "W");
        OnnxDimension[] imageShape = ["N", 1, "H", "W"];
        var passed = image;
        for (var i = 0; i < Passes; i++)
        {
            passed = graph.AddNode("Add", [passed, image], OnnxElementType.Float, imageShape);
        }

        OnnxDimension[] logitsShape = ["N", classes, "H", "W"];
        var centres = graph.Constant(OnnxTensor.Floats([.. Enumerable.Range(0, classes).Select(c => 50f * c)], 1, classes, 1, 1));
        var difference = graph.AddNode("Sub", [passed, centres], OnnxElementType.Float, logitsShape);
        var square = graph.AddNode("Mul", [difference, difference], OnnxElementType.Float, logitsShape);
        var logits = graph.AddNode("Neg", [square], OnnxElementType.Float, logitsShape);
        var best = graph.AddNode(
            "ArgMax", [logits], OnnxElementType.Int64, ["N", "H", "W"], [OnnxAttribute.Of("axis", 1), OnnxAttribute.Of("keepdims", 0)]);
        var ids = graph.AddNode("Cast", [best], OnnxElementType.UInt8, ["N", "H", "W"], [OnnxAttribute.Of("to", (long)OnnxElementType.UInt8)]);
        graph.AddOutput(ids, "labels");
        graph.AddOutput(logits, "logits");
        return OnnxWriter.Write(graph);
    }

    /// <summary>Tells when a model's queue has handed over the first request, right before it is run, and how the run ended.</summary>
    private sealed class RunStarts : IDisposable
    {
        private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<ActivityStatusCode> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ActivityListener _listener;

        public RunStarts(string model)
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == InferenceTelemetry.Name,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = span =>
                {
                    if (!Equals(span.GetTagItem("organseg.model"), model))
                    {
                        return;
                    }

                    if (span.OperationName == "inference.queue")
                    {
                        _first.TrySetResult();
                    }
                    else if (span.OperationName == "inference.run")
                    {
                        _end.TrySetResult(span.Status);
                    }
                },
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public Task FirstAsync() => _first.Task.WaitAsync(TestContext.Current.CancellationToken);

        public Task<ActivityStatusCode> FirstEndAsync() => _end.Task.WaitAsync(TestContext.Current.CancellationToken);

        public void Dispose() => _listener.Dispose();
    }
}
