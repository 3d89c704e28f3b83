using System.Runtime.InteropServices;
using System.Text.Json;
using OrganSeg.Storage;
using OrganSeg.Trainer.Tests.Support;
using OrganSeg.Trainer.Training;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Tests.Training;

public sealed class MemoryForecastTests : IDisposable
{
    private const long Gibibyte = 1L << 30;

    private static readonly MemoryForecast Forecast = new(Fixed: Gibibyte, PerSlice: Gibibyte / 4);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Require_BatchThatDoesNotFit_NamesTheLargestThatDoes()
    {
        Forecast.Require(batchSize: 4, 2 * Gibibyte);

        var error = Assert.Throws<OrganSegException>(() => Forecast.Require(batchSize: 8, 2 * Gibibyte));

        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.Equal("settings.batchSize", Assert.Single(error.Violations).Field);
        Assert.Contains("3.00 GiB", error.Message, StringComparison.Ordinal);
        Assert.Contains("the largest batch that fits is 4", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Require_NoRoomForAnyBatch_SaysSo() => Assert.Contains(
        "no batch fits",
        Assert.Throws<OrganSegException>(() => Forecast.Require(batchSize: 1, Gibibyte / 2)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void OutOfMemory_WhatLibtorchSays_BecomesAnErrorWithABatchThatFits()
    {
        // More than any machine's address space.
        var thrown = Assert.ThrowsAny<ExternalException>(() => empty([1L << 50], ScalarType.Float32));

        var error = MemoryForecast.OutOfMemory(thrown, batchSize: 8, Forecast, 2 * Gibibyte);

        Assert.NotNull(error);
        Assert.Equal("settings.batchSize", Assert.Single(error.Violations).Field);
        Assert.Contains("the largest batch that fits is 4", error.Message, StringComparison.Ordinal);
        Assert.Contains("4 may fit", MemoryForecast.OutOfMemory(thrown, 8, null, Gibibyte)!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OutOfMemory_AnotherError_IsNone()
    {
        using var scope = NewDisposeScope();
        var thrown = Assert.ThrowsAny<ExternalException>(() => zeros(2, 3).mul(zeros(4, 5)));

        Assert.Null(MemoryForecast.OutOfMemory(thrown, 8, Forecast, Gibibyte));
    }

    [Fact]
    public async Task Run_Headless_ForeseesItsMemory()
    {
        var (code, _) = await TrainAsync();

        Assert.Equal(0, code);
        var file = Assert.Single(Directory.GetFiles(Path.Combine(_folder.Path, "out", "runs"), "run.json", SearchOption.AllDirectories));
        using var run = JsonDocument.Parse(await File.ReadAllBytesAsync(file, Token));
        var predicted = run.RootElement.GetProperty("predictedMemoryBytes").GetInt64();
        var peak = run.RootElement.GetProperty("peakMemoryBytes").GetInt64();
        Assert.InRange((double)predicted / peak, 0.75, 1.25);
    }

    [Fact]
    public async Task Run_WithTooLittleMemory_IsRefusedBeforeItsFirstStep()
    {
        var (code, text) = await TrainAsync(("Trainer__MemoryMebibytes", "16"));

        Assert.Equal(1, code);
        Assert.Contains("settings.batchSize", text, StringComparison.Ordinal);
        Assert.Contains("this Trainer may have 0.02 GiB", text, StringComparison.Ordinal);
        Assert.DoesNotContain("epoch 1", text, StringComparison.Ordinal);
    }

    private async Task<(int? Code, string Text)> TrainAsync(params (string, string)[] environment)
    {
        var data = Path.Combine(_folder.Path, "data");
        await TinyData.SealAsync(new FolderObjectStore(data), "validation", Token);
        var spec = Path.Combine(_folder.Path, "spec.json");
        await File.WriteAllTextAsync(
            spec,
            """{"dataset": "tiny", "architecture": "organsegnet", "model": "m", "width": "16", "batchSize": "4", "epochs": "3", "quantize": "false"}""",
            Token);
        await using var trainer = TrainerProcess.Start(
            ["run", "--spec", spec, "--data", data, "--out", Path.Combine(_folder.Path, "out")], environment);
        return (await trainer.WaitAsync(TimeSpan.FromMinutes(2), Token), await trainer.TextAsync());
    }
}
