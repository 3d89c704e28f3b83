using System.Diagnostics;
using Google.Protobuf;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;
using OrganSeg.Imaging;
using OrganSeg.Imaging.Phantoms;
using OrganSeg.Inference;
using OrganSeg.ServiceDefaults;
using OrganSeg.Storage;
using OrganSeg.V1;

namespace OrganSeg.Benchmarks;

/// <summary>What the Inference service costs beyond ONNX Runtime: both in this process, in turn, over loopback gRPC.</summary>
internal static class ServeBenchmark
{
    private const string Bare = "bare ONNX Runtime loop";
    private const string BareRun = "bare run between calls";
    private const string Single = "SegmentSlice, 1 at a time";

    public static async Task RunAsync(string store, string model, Options options)
    {
        var (rounds, seconds, inFlight) = (options.Number("--rounds", 5), options.Number("--seconds", 5), options.Number("--in-flight", 8));
        var (variant, threads) = (options.Text("--variant") ?? "float32", Environment.ProcessorCount);
        await using var app = await StartAsync(store, options.Text("--max-batch"));
        using var channel = GrpcChannel.ForAddress(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        var client = new InferenceService.InferenceServiceClient(channel);
        var catalogue = app.Services.GetRequiredService<ModelCatalogue>();
        var document = await catalogue.ResolveAsync(model, CancellationToken.None);
        var size = document.Preprocessing.Size;
        var slices = new PhantomGenerator(1).Patient(0, 16, size).Select(slice => slice.Image).ToArray();
        var onnx = await catalogue.ReadFileAsync(document, variant == "int8" ? "model.int8.onnx" : "model.onnx", CancellationToken.None);
        using var bare = new TimedModel(onnx, Array.ConvertAll(slices[8].Pixels, value => (float)value), size, threads);

        Timings.PrintMachine(threads, $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}");
        Console.WriteLine($"serve    {document.Reference}, {variant}, {size}x{size}; {rounds} rounds in turn of {seconds} s each; {inFlight} in flight");
        var streamed = $"SegmentSlices, {inFlight} in flight";
        var times = new Timings();
        bare.Run();
        await StreamAsync(client, document.Reference, variant, slices, inFlight, TimeSpan.FromSeconds(1));
        for (var round = 0; round < rounds; round++)
        {
            var span = TimeSpan.FromSeconds(seconds);
            var (start, runs) = (Stopwatch.GetTimestamp(), 0);
            for (; Stopwatch.GetElapsedTime(start) < span; runs++)
            {
                bare.Run();
            }

            times.Add(Bare, Stopwatch.GetElapsedTime(start).TotalMilliseconds / runs);
            times.Add(streamed, await StreamAsync(client, document.Reference, variant, slices, inFlight, span));
            start = Stopwatch.GetTimestamp();
            for (var i = 0; Stopwatch.GetElapsedTime(start) < span; i++)
            {
                // Each call right after a run, so that the machine's moods fall on both.
                times.Add(BareRun, bare.Run());
                var sent = Stopwatch.GetTimestamp();
                await client.SegmentSliceAsync(Request(0, slices[i % slices.Length], document.Reference, variant));
                times.Add(Single, Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }
        }

        times.Print("of the bare loop", name => times.Median(name) / times.Median(name == Single ? BareRun : Bare));
        Console.WriteLine($"\nthroughput of {streamed}: {times.Median(Bare) / times.Median(streamed):P1} of the bare loop");
        Console.WriteLine($"{Single} adds {times.Median(Single) - times.Median(BareRun):F2} ms at the median");
        await app.StopAsync();
    }

    /// <summary>Milliseconds a slice, with so many in flight over one call.</summary>
    private static async Task<double> StreamAsync(
        InferenceService.InferenceServiceClient client, string model, string variant, ByteImage[] slices, int inFlight, TimeSpan span)
    {
        using var call = client.SegmentSlices();
        var (start, sent, received) = (Stopwatch.GetTimestamp(), 0UL, 0UL);
        while (sent < (ulong)inFlight)
        {
            await call.RequestStream.WriteAsync(Request(sent, slices[sent % (ulong)slices.Length], model, variant));
            sent++;
        }

        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            received++;
            if (call.ResponseStream.Current.Error is { } error)
            {
                throw new InvalidOperationException(error.Message);
            }

            if (Stopwatch.GetElapsedTime(start) < span)
            {
                await call.RequestStream.WriteAsync(Request(sent, slices[sent % (ulong)slices.Length], model, variant));
                sent++;
            }
            else if (received == sent)
            {
                break;
            }
        }

        await call.RequestStream.CompleteAsync();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / received;
    }

    private static SegmentSliceRequest Request(ulong id, ByteImage slice, string model, string variant) => new()
    {
        Id = id,
        Model = model,
        Variant = variant,
        Raster = new Raster { Width = (uint)slice.Width, Height = (uint)slice.Height, Pixels = UnsafeByteOperations.UnsafeWrap(slice.Pixels) },
    };

    private static async Task<WebApplication> StartAsync(string store, string? maxBatch)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = Path.GetFullPath(store) });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:blobs"] = $"folder={Path.GetFullPath(store)}",
            ["Kestrel:Endpoints:grpc:Url"] = "http://127.0.0.1:0",
            ["Kestrel:Endpoints:grpc:Protocols"] = "Http2",
            ["Inference:MaxBatch"] = maxBatch ?? "0",
            ["Inference:ShippedModels"] = "",
        });
        builder.Logging.ClearProviders();
        builder.AddServiceDefaults();
        builder.AddObjectStore();
        builder.AddInference();
        var app = builder.Build();
        app.MapInference();
        await app.StartAsync();
        return app;
    }
}
