using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using OrganSeg.Trainer.Tests.Support;

namespace OrganSeg.Trainer.Tests.Runs;

public sealed class TrainerMetricsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_Watched_GivesTheSameFiguresAsMetrics()
    {
        var seen = new ConcurrentDictionary<string, double>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == TrainerTelemetry.Name)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => seen[instrument.Name] = value);
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => seen[instrument.Name] = value);
        listener.Start();
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token);
        await TinyData.SealAsync(host.Store, "validation", Token);

        var run = await host.StartRunAsync(Token, ("epochs", "20"), ("quantize", "false"));
        var events = await host.WatchAsync(run.RunId, Token);

        Assert.Superset(
            new HashSet<string>(
            [
                "organseg.trainer.learning_rate", "organseg.trainer.loss", "organseg.trainer.memory", "organseg.trainer.throughput",
                "organseg.trainer.validation.f1", "organseg.trainer.wait.share",
            ]),
            seen.Keys.ToHashSet(StringComparer.Ordinal));
        var epochs = events.Where(e => e.Epoch is not null).Select(e => e.Epoch).ToArray();
        Assert.Equal(20, epochs.Length);
        Assert.All(epochs, epoch => Assert.InRange(epoch.MemoryBytes, 1ul << 20, 1ul << 40));
        var stored = System.Text.Encoding.UTF8.GetString(await host.Runs.ReadMetricsAsync(run.RunId, Token));
        Assert.DoesNotContain("memory", stored, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("\"learningRate\":", stored, StringComparison.Ordinal);
        Assert.Contains("\"imagesPerSecond\":", stored, StringComparison.Ordinal);
        Assert.Contains("\"waitSeconds\":", stored, StringComparison.Ordinal);
    }
}
