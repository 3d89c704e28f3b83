using System.Globalization;
using System.Text.Json;
using OrganSeg.Storage;
using OrganSeg.Trainer.Tests.Support;

namespace OrganSeg.Trainer.Tests.Runs;

public sealed class LongRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// As a user runs it: validation, checkpoints, event file and pictures are all there, and every kind of tensor that a run
    /// can hold. Medians, since memory goes up and down. In the first sixty epochs,
    /// some five seconds, code is still being compiled and pools fill.
    /// </summary>
    [Fact]
    public async Task Run_TwoHundredEpochs_NeitherGrowsNorLeavesATensorOver()
    {
        var epochs = TrainerProcess.Count("ORGANSEG_LONG_RUN_EPOCHS", few: 200);
        var data = Path.Combine(_folder.Path, "data");
        await TinyData.SealAsync(new FolderObjectStore(data), "validation", Token);
        var spec = Path.Combine(_folder.Path, "spec.json");
        await File.WriteAllTextAsync(
            spec,
            JsonSerializer.Serialize(new
            {
                dataset = "tiny",
                architecture = "organsegnet",
                model = "tiny-model",
                width = "4",
                batchSize = "4",
                epochs = $"{epochs}",
                augmentation = "strong",
                weightAveraging = "0.9",
                gradientClip = "1",
                dropout = "0.1",
                quantize = "false",
                seed = "1",
            }),
            Token);
        var figures = Path.Combine(_folder.Path, "memory.txt");
        await using var trainer = TrainerProcess.Start(
            ["run", "--spec", spec, "--data", data, "--out", Path.Combine(_folder.Path, "out")],
            ("DOTNET_STARTUP_HOOKS", typeof(LongRunTests).Assembly.Location),
            (StartupHook.FileVariable, figures));

        var code = await trainer.WaitAsync(TimeSpan.FromMinutes(3), Token);

        Assert.True(code == 0, code is null ? "The run has not ended." : await trainer.TextAsync());
        var seen = (await File.ReadAllLinesAsync(figures, Token))
            .Select(line => line.Split(' ').Select(number => long.Parse(number, CultureInfo.InvariantCulture)).ToArray())
            .ToArray();
        Assert.Equal(epochs, seen.Length);
        Assert.Single(seen.Skip(1).Select(epoch => epoch[1]).Distinct());
        var (warm, end) = (Median(seen[60..80]), Median(seen[^20..]));
        TestContext.Current.TestOutputHelper?.WriteLine($"{warm / 1048576.0:F2} MiB after warm-up, {end / 1048576.0:F2} MiB at the end");
        Assert.True(end < 1.01 * warm, $"{warm} bytes after warm-up, {end} at the end");
    }

    private static double Median(long[][] epochs) => epochs.Select(epoch => epoch[0]).Order().ElementAt(epochs.Length / 2);
}
