using Microsoft.ML.OnnxRuntime;
using OrganSeg.Imaging.Phantoms;
using OrganSeg.Onnx;
using OrganSeg.Onnx.Quantization;

namespace OrganSeg.Benchmarks;

/// <summary>Time of a slice: float32 and int8 under ONNX Runtime, and PyTorch.</summary>
internal static class InferenceBenchmark
{
    private const int RunsPerRound = 10;
    private const string Quick = "int8 ONNX";

    public static async Task RunAsync(string model, Options options)
    {
        var (size, threads, rounds) =
            (options.Number("--size", 224), options.Number("--threads", Environment.ProcessorCount), options.Number("--rounds", 5));
        var slices = new PhantomGenerator(1).Patient(0, 8, size)
            .Select(slice => Array.ConvertAll(slice.Image.Pixels, value => (float)value)).ToArray();
        var onnx = await File.ReadAllBytesAsync(model);
        var quantized = options.Text("--int8") is { } file ? await File.ReadAllBytesAsync(file) : Quantize(onnx, slices, size);
        var script = TorchPeer.Python is null ? null : options.Text("--peer");
        Timings.PrintMachine(threads, $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}");
        Console.WriteLine($"slice    {size}x{size}, {rounds} rounds in turn, {RunsPerRound} runs of each model in a round");

        var times = new Timings();
        using (var floats = new TimedModel(onnx, slices[4], size, threads))
        using (var bytes = new TimedModel(quantized, slices[4], size, threads))
        {
            floats.Run();
            bytes.Run();
            for (var round = 0; round < rounds; round++)
            {
                // Both sides of a ratio are measured within a moment, and what is quoted is the median over all of them.
                for (var run = 0; run < RunsPerRound; run++)
                {
                    times.Add("float32 ONNX", floats.Run());
                    times.Add(Quick, bytes.Run());
                }

                foreach (var channelsLast in script is null ? [] : new[] { false, true })
                {
                    var peer = new TorchPeer(script!, "organsegnet", options.Number("--width", 32), 1, size, threads, 8, channelsLast);
                    times.Add(peer.Name, 1000 * (await peer.RunAsync()).GetProperty("infer_1_s").GetDouble());
                }
            }
        }

        times.Print("int8 is faster by", name => times.Median(name) / times.Median(Quick));
    }

    private static byte[] Quantize(byte[] source, float[][] slices, int size)
    {
        // Ranges of phantoms: good enough for time, which does not depend on them, and for nothing else.
        var prepared = Quantizer.Prepare(OnnxReader.Read(source));
        var observed = Quantizer.Observed(prepared);
        var histograms = observed.Select(_ => new ActivationHistogram()).ToArray();
        using var session = new InferenceSession(OnnxWriter.Write(Quantizer.Expose(prepared, observed)));
        using var options = new RunOptions();
        foreach (var slice in slices)
        {
            using var image = OrtValue.CreateTensorValueFromMemory(slice, [1, 1, size, size]);
            using var outputs = session.Run(options, ["image"], [image], [.. observed]);
            for (var i = 0; i < observed.Count; i++)
            {
                histograms[i].Add(outputs[i].GetTensorDataAsSpan<float>(), limitsOnly: true);
            }
        }

        var ranges = observed.Zip(histograms).ToDictionary(pair => pair.First, pair => pair.Second.Limits);
        return OnnxWriter.Write(Quantizer.Quantize(prepared, ranges));
    }
}
