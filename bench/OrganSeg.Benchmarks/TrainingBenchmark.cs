using System.Diagnostics;
using OrganSeg.Imaging.Phantoms;
using OrganSeg.Trainer.Specifications;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Benchmarks;

/// <summary>Time of a training step with the paper's loss and optimiser: the Trainer's own code, and PyTorch.</summary>
internal static class TrainingBenchmark
{
    private const string Own = "OrganSeg";

    public static async Task RunAsync(Options options)
    {
        var (size, threads, rounds, steps, batch) = (
            options.Number("--size", 224),
            options.Number("--threads", Environment.ProcessorCount),
            options.Number("--rounds", 5),
            options.Number("--steps", 5),
            options.Number("--batch", 8));
        var architecture = options.Text("--architecture") ?? "organsegnet";
        var preset = Presets.Of(Preset.Paper, architecture);
        var spec = preset with { BatchSize = batch, Width = options.Number("--width", preset.Width), Auxiliary = false };
        var script = TorchPeer.Python is null ? null : options.Text("--peer");
        Timings.PrintMachine(threads, $"libtorch {TorchSharp.torch.__version__}");
        Console.WriteLine($"step     {architecture}, width {spec.Width}, batch {batch}, {size}x{size}, Adam, cross-entropy; {rounds} rounds in turn of {steps} steps");

        using var slices = Slices(batch, size);
        using var compute = new ComputeThread(threads);
        using var session = await compute.RunAsync(() => new TrainingSession(spec));
        var times = new Timings();
        var step = 0L;
        async Task<double> StepAsync() => await compute.RunAsync(() =>
        {
            var start = Stopwatch.GetTimestamp();
            var (images, labels) = slices.Batch([.. Enumerable.Range(0, batch)]);
            using var one = new Batch([], images, labels);
            session.Step([one], step++, spec.LearningRate);
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        });

        await StepAsync();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < steps; i++)
            {
                times.Add(Own, await StepAsync());
            }

            foreach (var channelsLast in script is null ? [] : new[] { false, true })
            {
                // The peer knows torchvision's networks by its own names.
                var network = architecture.Replace("-", "_", StringComparison.Ordinal);
                var peer = new TorchPeer(script!, network, spec.Width, batch, size, threads, steps, channelsLast);
                times.Add(peer.Name, 1000 * (await peer.RunAsync()).GetProperty("train_step_s").GetDouble());
            }
        }

        var fastest = times.Names.Where(name => name != Own).Select(times.Median).DefaultIfEmpty(double.NaN).Min();
        times.Print("of PyTorch's faster", name => times.Median(name) / fastest);
        Console.WriteLine($"\npeak memory of OrganSeg: {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB");
    }

    private static SliceSet Slices(int count, int size)
    {
        var set = SliceSet.Create(count, size);
        foreach (var (index, slice) in new PhantomGenerator(1).Patient(0, count, size).Index())
        {
            set.Put(index, slice.Image, slice.Labels);
        }

        return set;
    }
}
