using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Grpc.Core;
using OrganSeg.Imaging;
using OrganSeg.OpenInference;
using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>Keeps so many slices in flight for so long, and times each.</summary>
internal sealed class LoadGenerator(ChannelBase channel, string model, string variant, IReadOnlyList<ByteImage> slices, int inFlight)
{
    private readonly InferenceService.InferenceServiceClient _native = new(channel);
    private readonly GRPCInferenceService.GRPCInferenceServiceClient _open = new(channel);
    private readonly ConcurrentQueue<double> _latencies = new();
    private readonly ConcurrentQueue<double> _refusals = new();
    private readonly ConcurrentDictionary<string, int> _failures = new();
    private bool _counts;

    /// <param name="call">Which calls.</param>
    /// <param name="warmUp">Time before anything counts.</param>
    /// <param name="time">Time that counts.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<LoadResult> RunAsync(LoadCall call, TimeSpan warmUp, TimeSpan time, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var work = call == LoadCall.Slices
            ? StreamAsync(end.Token)
            : Task.WhenAll(Enumerable.Range(0, inFlight).Select(client => RepeatAsync(call, client, end.Token)));
        await Task.WhenAny(work, Task.Delay(warmUp, cancellationToken));
        Volatile.Write(ref _counts, true);
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAny(work, Task.Delay(time, cancellationToken));
        Volatile.Write(ref _counts, false);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await end.CancelAsync();
        await work;
        cancellationToken.ThrowIfCancellationRequested();
        return new LoadResult(seconds, [.. _latencies.Order()], [.. _refusals.Order()], _failures);
    }

    private async Task RepeatAsync(LoadCall call, int client, CancellationToken end)
    {
        for (var i = client; !end.IsCancellationRequested; i += inFlight)
        {
            var slice = slices[i % slices.Count];
            var start = Stopwatch.GetTimestamp();
            try
            {
                if (call == LoadCall.Slice)
                {
                    await _native.SegmentSliceAsync(Request(0, slice), cancellationToken: end);
                }
                else
                {
                    await _open.ModelInferAsync(Tensor(slice), cancellationToken: end);
                }

                Count(_latencies, start);
            }
            catch (RpcException error) when (error.StatusCode == StatusCode.ResourceExhausted)
            {
                Count(_refusals, start);
            }
            catch (RpcException) when (end.IsCancellationRequested)
            {
                return;
            }
            catch (RpcException error)
            {
                Fail($"{error.StatusCode}: {error.Status.Detail}");
            }
        }
    }

    private async Task StreamAsync(CancellationToken end)
    {
        using var call = _native.SegmentSlices(cancellationToken: end);
        var sent = new ConcurrentDictionary<ulong, long>();
        var next = 0UL;
        try
        {
            while (next < (ulong)inFlight)
            {
                await SendAsync();
            }

            while (await call.ResponseStream.MoveNext(end))
            {
                var answer = call.ResponseStream.Current;
                if (answer.Error is { } error)
                {
                    Fail($"{error.Kind}: {error.Message}");
                }
                else
                {
                    Count(_latencies, sent[answer.Id]);
                }

                sent.TryRemove(answer.Id, out _);
                await SendAsync();
            }
        }
        catch (Exception error) when (end.IsCancellationRequested && error is RpcException or OperationCanceledException)
        {
            // The time is over.
        }
        catch (RpcException error)
        {
            Fail($"{error.StatusCode}: {error.Status.Detail}");
        }

        async Task SendAsync()
        {
            sent[next] = Stopwatch.GetTimestamp();
            await call.RequestStream.WriteAsync(Request(next, slices[(int)(next % (ulong)slices.Count)]), end);
            next++;
        }
    }

    private SegmentSliceRequest Request(ulong id, ByteImage slice) => new()
    {
        Id = id,
        Model = model,
        Variant = variant,
        Raster = new Raster { Width = (uint)slice.Width, Height = (uint)slice.Height, Pixels = UnsafeByteOperations.UnsafeWrap(slice.Pixels) },
    };

    private ModelInferRequest Tensor(ByteImage slice)
    {
        var grey = Array.ConvertAll(slice.Pixels, value => (float)value);
        var request = new ModelInferRequest
        {
            ModelName = model,
            Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "image", Datatype = "FP32", Shape = { 1, 1, slice.Height, slice.Width } } },
            Outputs = { new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "labels" } },
            RawInputContents = { ByteString.CopyFrom(MemoryMarshal.AsBytes(grey.AsSpan())) },
        };
        if (variant.Length > 0)
        {
            request.Parameters["variant"] = new InferParameter { StringParam = variant };
        }

        return request;
    }

    private void Count(ConcurrentQueue<double> times, long start)
    {
        if (Volatile.Read(ref _counts))
        {
            times.Enqueue(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
    }

    private void Fail(string message) => _failures.AddOrUpdate(message, 1, (_, count) => count + 1);
}
