using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using OrganSeg.Benchmarks;
using OrganSeg.Imaging.Phantoms;
using OrganSeg.Onnx;
using OrganSeg.Onnx.Quantization;

// MODEL.onnx [--int8 FILE] [--peer SCRIPT --width N] [--size N] [--threads N] [--rounds N]
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is not [var model, ..] || model.StartsWith('-'))
{
    Console.Error.WriteLine("usage: OrganSeg.Benchmarks MODEL.onnx [--int8 FILE] [--peer SCRIPT --width N] [--size N] [--threads N] [--rounds N]");
    return 2;
}

string? Option(string name) => args.SkipWhile(argument => argument != name).Skip(1).FirstOrDefault();
int Number(string name, int otherwise) => Option(name) is { } text ? int.Parse(text) : otherwise;
var (size, threads, rounds) = (Number("--size", 224), Number("--threads", Environment.ProcessorCount), Number("--rounds", 5));
const int RunsPerRound = 10;

var slices = new PhantomGenerator(1).Patient(0, 8, size)
    .Select(slice => Array.ConvertAll(slice.Image.Pixels, value => (float)value)).ToArray();
var onnx = File.ReadAllBytes(model);
var quantized = Option("--int8") is { } file ? File.ReadAllBytes(file) : Quantize(onnx);
var script = TorchPeer.Python is null ? null : Option("--peer");

Console.WriteLine($"machine  {RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} cores, {threads} threads used");
Console.WriteLine($"commit   {typeof(TimedModel).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion}");
Console.WriteLine($"runtime  {RuntimeInformation.FrameworkDescription}, ONNX Runtime {OrtEnv.Instance().GetVersionString()}");
Console.WriteLine($"slice    {size}x{size}, {rounds} rounds in turn, {RunsPerRound} runs of each model in a round");

var times = new Dictionary<string, List<double>>();
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
            Add("float32 ONNX", floats.Run());
            Add("int8 ONNX", bytes.Run());
        }

        if (script is not null)
        {
            foreach (var channelsLast in new[] { false, true })
            {
                Add(
                    channelsLast ? "PyTorch, channels last" : "PyTorch, contiguous",
                    await TorchPeer.RunAsync(script, Number("--width", 32), size, threads, channelsLast));
            }
        }
    }
}

var fastest = Median(times["int8 ONNX"]);
Console.WriteLine($"\n{"",-24}{"median ms",12}{"best ms",12}{"int8 is faster by",20}");
foreach (var (name, all) in times)
{
    Console.WriteLine($"{name,-24}{Median(all),12:F1}{all.Min(),12:F1}{Median(all) / fastest,20:F2}");
}

return 0;

void Add(string name, double milliseconds)
{
    times.TryAdd(name, []);
    times[name].Add(milliseconds);
}

static double Median(List<double> values)
{
    var sorted = values.Order().ToList();
    return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
}

byte[] Quantize(byte[] source)
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
