using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using OrganSeg.Evaluator.Surfaces;

namespace OrganSeg.Benchmarks;

/// <summary>Every metric of a pair of volumes with four organs: the Evaluator's own code, and numpy with scipy.</summary>
internal static class MetricsBenchmark
{
    private const string Own = "OrganSeg";
    private const string Peer = "numpy and scipy";
    private const int Classes = 5;

    // Centre and half axes as shares of the volume: liver, both kidneys, spleen, pancreas.
    private static readonly (byte Organ, double X, double Y, double Z, double Rx, double Ry, double Rz)[] Organs =
    [
        (1, 0.33, 0.42, 0.62, 0.19, 0.17, 0.17),
        (2, 0.34, 0.63, 0.40, 0.055, 0.065, 0.12),
        (2, 0.66, 0.63, 0.42, 0.055, 0.065, 0.12),
        (3, 0.72, 0.50, 0.62, 0.08, 0.10, 0.12),
        (4, 0.50, 0.45, 0.50, 0.13, 0.04, 0.05),
    ];

    public static async Task RunAsync(Options options)
    {
        var (width, height, depth) = (options.Number("--width", 512), options.Number("--height", 512), options.Number("--depth", 300));
        var rounds = options.Number("--rounds", 5);
        var settings = new SurfaceSettings(new GridSpacing(0.77, 0.77, 1.5), 2);
        Timings.PrintMachine(Environment.ProcessorCount, "no libraries");
        Console.WriteLine($"volumes  {width}x{height}x{depth}, four organs; {rounds} rounds in turn");
        var (reference, prediction) = (Draw(width, height, depth, 0), Draw(width, height, depth, 1));
        using var files = new Files(reference, prediction);
        var times = new Timings();
        var voxels = (double)width * height * depth;
        MapScores? own = null;
        JsonElement peer = default;
        var most = 0L;
        for (var round = 0; round <= rounds; round++)
        {
            GC.Collect();
            var before = Resident("VmRSS");
            await File.WriteAllTextAsync("/proc/self/clear_refs", "5");
            var start = Stopwatch.GetTimestamp();
            own = MapScores.Of(reference, prediction, Classes, settings, new SurfaceWorkspace(), Concurrency.All);
            var milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            most = Math.Max(most, Resident("VmHWM") - before);
            if (round == 0)
            {
                continue;
            }

            times.Add(Own, milliseconds);
            peer = await files.MeasureAsync(width, height, depth, settings);
            times.Add(Peer, 1000 * peer.GetProperty("seconds").GetDouble());
        }

        times.Print("time / scipy's", name => times.Median(name) / times.Median(Peer));
        Console.WriteLine($"\nmemory   {most / voxels:F2} bytes a voxel beyond the label maps, at the most");
        for (var organ = 0; organ < own!.Surfaces.Count; organ++)
        {
            var there = peer.GetProperty("organs")[organ];
            var (mine, other) = (own.Surfaces[organ], there.GetProperty("assd").GetDouble());
            Console.WriteLine($"organ {organ + 1}  surface Dice {mine.Nsd:F6}, HD95 {mine.Distances.Hd95:F6}, ASSD {mine.Distances.Assd:F6}; scipy's ASSD {other:F6}");
        }
    }

    private static LabelGrid Draw(int width, int height, int depth, int shift)
    {
        var planes = new byte[depth][];
        Parallel.For(0, depth, z =>
        {
            planes[z] = new byte[width * height];
            foreach (var organ in Organs)
            {
                for (var y = 0; y < height; y++)
                {
                    for (var x = 0; x < width; x++)
                    {
                        // A bumpy surface, elsewhere in the two volumes.
                        var bump = 1 + (0.06 * Math.Sin((x / 9d) + shift) * Math.Sin((y / 7d) - shift) * Math.Cos((z / 5d) + (2 * shift)));
                        var (dx, dy, dz) = ((((x + shift) / (double)width) - organ.X) / organ.Rx, ((y / (double)height) - organ.Y) / organ.Ry, ((z / (double)depth) - organ.Z) / organ.Rz);
                        if ((dx * dx) + (dy * dy) + (dz * dz) < bump)
                        {
                            planes[z][(y * width) + x] = organ.Organ;
                        }
                    }
                }
            }
        });
        return new LabelGrid(width, height, planes, isPlanar: false);
    }

    private static long Resident(string what) => 1024 * long.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith(what, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);

    /// <summary>The volumes as files, for the other process.</summary>
    private sealed class Files : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("organseg-metrics-");
        private readonly string _script;

        public Files(LabelGrid reference, LabelGrid prediction)
        {
            File.WriteAllBytes(PathOf("reference"), [.. reference.Planes.SelectMany(plane => plane)]);
            File.WriteAllBytes(PathOf("prediction"), [.. prediction.Planes.SelectMany(plane => plane)]);
            DirectoryInfo? root = new(AppContext.BaseDirectory);
            while (root is not null && !File.Exists(Path.Combine(root.FullName, "bench", "metrics_scipy.py")))
            {
                root = root.Parent;
            }

            _script = Path.Combine(root?.FullName ?? throw new InvalidOperationException("bench/metrics_scipy.py is not above this program."), "bench", "metrics_scipy.py");
        }

        public async Task<JsonElement> MeasureAsync(int width, int height, int depth, SurfaceSettings settings)
        {
            var command = (TorchPeer.Python ?? "python3").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var spacing = settings.Spacing;
            string[] arguments =
            [
                .. command[1..], _script, PathOf("reference"), PathOf("prediction"),
                "--shape", $"{depth}", $"{height}", $"{width}", "--spacing", $"{spacing.Plane}", $"{spacing.Row}", $"{spacing.Column}",
                "--tolerance", $"{settings.Tolerance}", "--areas", JsonSerializer.Serialize(SurfelAreas.OfVolume(spacing)),
            ];
            using var process = Process.Start(new ProcessStartInfo(command[0], arguments) { RedirectStandardOutput = true })
                ?? throw new InvalidOperationException($"{command[0]} cannot be started.");
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return process.ExitCode == 0
                ? JsonDocument.Parse(output).RootElement
                : throw new InvalidOperationException($"{_script} failed.");
        }

        public void Dispose() => _folder.Delete(recursive: true);

        private string PathOf(string name) => Path.Combine(_folder.FullName, name + ".raw");
    }
}
