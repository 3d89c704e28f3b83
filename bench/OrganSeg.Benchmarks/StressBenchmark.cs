using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using OrganSeg.Imaging.Phantoms;
using OrganSeg.Storage;
using OrganSeg.V1;

namespace OrganSeg.Benchmarks;

/// <summary>
/// What the Inference service does when it is pushed: promotions and failed loads under load, ten times the load it can
/// take, and volumes that are given up. The service is a process of its own, on a store of its own.
/// </summary>
internal sealed class StressBenchmark(InferenceProcess service, string variant, Options options)
{
    private const string Alias = "production";
    private const string Broken = "stress-broken";
    private const int Clients = 4;

    private static readonly string[] Models = ["stress-a", "stress-b", "stress-c"];

    private readonly InferenceService.InferenceServiceClient _client = new(service.Channel);

    public static async Task RunAsync(string store, string model, Options options)
    {
        var phases = options.Text("--phases") ?? "promote,overload,volumes";
        var folder = Directory.CreateTempSubdirectory("organseg-stress-").FullName;
        try
        {
            var size = await PublishAsync(store, model, folder);
            Timings.PrintMachine(Environment.ProcessorCount, "the service in a process of its own");
            var variant = options.Text("--variant") ?? "float32";
            Console.WriteLine($"stress   {model}, {variant}, {size}x{size}");
            // Fewer places than models, so that promotions load and unload; a model that failed is tried each time.
            if (phases.Contains("promote", StringComparison.Ordinal))
            {
                await using var service = await InferenceProcess.StartAsync(
                    folder, ("MaxLoadedModels", "2"), ("RefusalSeconds", "0"), ("IdleSeconds", "5"), ("Variant", variant));
                await new StressBenchmark(service, variant, options).PromoteAsync(Requests(Alias, variant, size));
            }

            await using var pushed = await InferenceProcess.StartAsync(folder, ("MaxVolumes", "1"));
            var stress = new StressBenchmark(pushed, variant, options);
            if (phases.Contains("overload", StringComparison.Ordinal))
            {
                await stress.OverloadAsync(Requests(Models[0], variant, size));
            }

            if (phases.Contains("volumes", StringComparison.Ordinal))
            {
                await stress.GiveUpAsync();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<int> PublishAsync(string store, string model, string folder)
    {
        var source = new ModelCatalogue(new FolderObjectStore(Path.GetFullPath(store)), TimeProvider.System);
        var target = new ModelCatalogue(new FolderObjectStore(folder), TimeProvider.System);
        var document = await source.ResolveAsync(model, CancellationToken.None);
        var files = new Dictionary<string, ReadOnlyMemory<byte>>();
        foreach (var file in document.Files.Keys.Where(file => !file.EndsWith(".safetensors", StringComparison.Ordinal)))
        {
            files[file] = await source.ReadFileAsync(document, file, CancellationToken.None);
        }

        foreach (var name in Models)
        {
            await target.PublishAsync(document with { Model = name, Files = new Dictionary<string, ModelFile>() }, files, CancellationToken.None);
        }

        // Certified and yet no model: it fails only when ONNX Runtime reads it.
        var garbage = new byte[1 << 20];
        var certificate = ParityCertificate.FromJson(files[ParityCertificate.File].ToArray());
        await target.PublishAsync(
            document with { Model = Broken, Files = new Dictionary<string, ModelFile>() },
            new Dictionary<string, ReadOnlyMemory<byte>>
            {
                ["model.onnx"] = garbage,
                [ParityCertificate.File] = (certificate with
                {
                    OnnxSha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(garbage)),
                }).ToJson(),
            },
            CancellationToken.None);
        return document.Preprocessing.Size;
    }

    private static SegmentSliceRequest[] Requests(string model, string variant, int size) =>
    [
        .. new PhantomGenerator(1).Patient(0, 16, size).Select(slice => new SegmentSliceRequest
        {
            Model = model,
            Variant = variant,
            Raster = new Raster { Width = (uint)size, Height = (uint)size, Pixels = UnsafeByteOperations.UnsafeWrap(slice.Image.Pixels) },
        }),
    ];

    private async Task PromoteAsync(SegmentSliceRequest[] requests)
    {
        var count = options.Number("--count", 1000);
        var memory = new List<long>();
        await MoveAsync(0);
        var loop = new ClosedLoop(_client, requests);
        using var end = new CancellationTokenSource();
        var load = loop.RunAsync(Clients, end.Token);
        var failedLoads = 0;
        var sample = Math.Max(1, count / 20);
        for (var i = 1; i <= count; i++)
        {
            await MoveAsync(i);
            failedLoads += await FailAsync();
            memory.Add(service.Memory);
            if (i % sample == 0)
            {
                Console.Error.WriteLine($"{i,6} promotions, {service.Memory >> 20} MiB");
            }
        }

        await end.CancelAsync();
        await load;
        var tenth = Math.Max(1, count / 10);
        // The first tenth still fills caches and the runtime's heaps.
        var (before, after) = (Median(memory.Skip(tenth).Take(tenth)), Median(memory.TakeLast(tenth)));
        Console.WriteLine($"\npromotions {count}, failed loads {failedLoads}, slices answered meanwhile {loop.Answered.Count}");
        Console.WriteLine($"failed or refused slices {loop.Refused.Count + loop.Failed.Values.Sum()}");
        Console.WriteLine($"memory {before / 1048576.0:F0} MiB in the second tenth, {after / 1048576.0:F0} MiB in the last: {(after / (double)before) - 1:+0.0 %;-0.0 %}");
        foreach (var (message, times) in loop.Failed)
        {
            Console.WriteLine($"{times,8} x {message}");
        }
    }

    private async Task MoveAsync(int turn) =>
        await _client.PromoteAsync(new PromoteRequest { Alias = Alias, Model = Models[turn % Models.Length] });

    private async Task<int> FailAsync()
    {
        try
        {
            await _client.PromoteAsync(new PromoteRequest { Alias = Alias, Model = Broken });
            throw new InvalidOperationException($"{Broken} was promoted.");
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.DataLoss)
        {
            return 1;
        }
    }

    private async Task OverloadAsync(SegmentSliceRequest[] requests)
    {
        var seconds = options.Number("--seconds", 60);
        await LoopAsync(requests, Clients, 3);
        var normal = await LoopAsync(requests, Clients, Math.Min(seconds, 20));
        var overload = await LoopAsync(requests, 10 * Clients, seconds);
        foreach (var (name, loop) in ((string, ClosedLoop)[])[($"{Clients} clients", normal), ($"{10 * Clients} clients", overload)])
        {
            Console.WriteLine($"\n{name,-12} answered {loop.Answered.Count}, p50 {ClosedLoop.Percentile(loop.Answered, .5):F0} ms, p99 {ClosedLoop.Percentile(loop.Answered, .99):F0} ms; refused {loop.Refused.Count}, p50 {ClosedLoop.Percentile(loop.Refused, .5):F0} ms, p99 {ClosedLoop.Percentile(loop.Refused, .99):F0} ms, longest {ClosedLoop.Percentile(loop.Refused, 1):F0} ms; failed {loop.Failed.Values.Sum()}");
        }

        Console.WriteLine($"p99 of those let in: {ClosedLoop.Percentile(overload.Answered, .99) / ClosedLoop.Percentile(normal.Answered, .99):F2} times the normal");
    }

    private async Task<ClosedLoop> LoopAsync(SegmentSliceRequest[] requests, int clients, int seconds)
    {
        var loop = new ClosedLoop(_client, requests);
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        await loop.RunAsync(clients, end.Token);
        return loop;
    }

    /// <summary>Starts volumes, leaves in the middle, and waits until the service takes the next, for which it has one place.</summary>
    private async Task GiveUpAsync()
    {
        var (file, next) = (Nifti(512, 120), Nifti(16, 1));
        var times = new List<double>();
        for (var i = 0; i < options.Number("--volumes", 20); i++)
        {
            using (var call = _client.SegmentVolume())
            {
                await SendAsync(call, file);
                while (await call.ResponseStream.MoveNext(CancellationToken.None) && call.ResponseStream.Current.Progress?.Done < 4 + i)
                {
                }
            }

            var left = Stopwatch.GetTimestamp();
            while (!await TryAsync(next))
            {
            }

            times.Add(Stopwatch.GetElapsedTime(left).TotalMilliseconds);
        }

        Console.WriteLine($"\nvolumes given up in the middle: a next small one is answered after {times.Order().ElementAt(times.Count / 2):F0} ms at the median, {times.Max():F0} ms at most");
    }

    private async Task SendAsync(AsyncDuplexStreamingCall<SegmentVolumeRequest, SegmentVolumeResponse> call, byte[] file)
    {
        await call.RequestStream.WriteAsync(new SegmentVolumeRequest { Options = new VolumeOptions { Model = Models[0], Variant = variant } });
        foreach (var chunk in file.Chunk(1 << 20))
        {
            await call.RequestStream.WriteAsync(new SegmentVolumeRequest { Chunk = UnsafeByteOperations.UnsafeWrap(chunk) });
        }

        await call.RequestStream.CompleteAsync();
    }

    /// <summary>Whether there is a place for a volume, and it is answered.</summary>
    private async Task<bool> TryAsync(byte[] file)
    {
        try
        {
            using var call = _client.SegmentVolume();
            await SendAsync(call, file);
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
            }

            return true;
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.ResourceExhausted)
        {
            return false;
        }
        catch (InvalidOperationException)
        {
            // Refused while it was being sent.
            return false;
        }
    }

    /// <summary>A volume of air, which a network takes as long for as any other.</summary>
    private static byte[] Nifti(short side, short slices)
    {
        var file = new byte[352 + (2 * side * side * slices)];
        BitConverter.TryWriteBytes(file.AsSpan(0), 348);
        short[] dim = [3, side, side, slices, 1, 1, 1, 1];
        Buffer.BlockCopy(dim, 0, file, 40, 16);
        BitConverter.TryWriteBytes(file.AsSpan(70), (short)4);
        BitConverter.TryWriteBytes(file.AsSpan(72), (short)16);
        float[] sizes = [1, 1, 1, 1, 1, 1, 1, 1, 352, 1, 0];
        Buffer.BlockCopy(sizes, 0, file, 76, 44);
        "n+1\0"u8.CopyTo(file.AsSpan(344));
        return file;
    }

    private static long Median(IEnumerable<long> values) => values.Order().ToArray() is var sorted ? sorted[sorted.Length / 2] : 0;
}
