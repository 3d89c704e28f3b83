using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace OrganSeg.ServiceDefaults.Tests;

/// <summary>What a service measures of itself.</summary>
public sealed class ServiceTelemetryTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("organseg-telemetry-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Health_PublishedLast_IsShownByCheck()
    {
        using var services = Services();
        using var telemetry = TelemetryOf(services);

        Assert.Empty(Measure(telemetry, "organseg.service.health"));
        await telemetry.PublishAsync(Report(("self", HealthStatus.Healthy), ("store", HealthStatus.Healthy)), Token);
        await telemetry.PublishAsync(Report(("self", HealthStatus.Healthy), ("store", HealthStatus.Unhealthy)), Token);

        Assert.Equal([("self", 1), ("store", 0)], Measure(telemetry, "organseg.service.health"));
    }

    [Fact]
    public void Disks_OfFolders_AreShownByPurposeAlsoBeforeTheyAreMade()
    {
        using var services = Services();
        using var telemetry = TelemetryOf(
            services,
            new WatchedFolder("here", _ => _folder.FullName),
            new WatchedFolder("coming", _ => Path.Combine(_folder.FullName, "not", "yet")),
            new WatchedFolder("none", _ => null));
        var expected = new DriveInfo(_folder.FullName).TotalSize;

        Assert.Equal([("here", expected), ("coming", expected)], Measure(telemetry, "organseg.service.disk.size"));
        Assert.All(Measure(telemetry, "organseg.service.disk.free"), disk => Assert.InRange(disk.Value, 1, expected));
    }

    [Fact]
    public void Memory_OfTheMachineOrContainer_IsShown()
    {
        using var services = Services();
        using var telemetry = TelemetryOf(services);

        var (_, bytes) = Assert.Single(Measure(telemetry, "organseg.service.memory.limit"));
        Assert.InRange(bytes, Environment.WorkingSet, 1L << 50);
    }

    [Theory]
    [InlineData("1073741824\n", 1_073_741_824L)]
    [InlineData("max\n", null)]
    [InlineData("9223372036854771712\n", null)]
    public async Task Find_InAControlGroup_IsItsLimitIfItHasOne(string content, long? expected)
    {
        var file = Path.Combine(_folder.FullName, "memory.max");
        await File.WriteAllTextAsync(file, content, Token);

        Assert.Equal(expected, MemoryLimit.Find([Path.Combine(_folder.FullName, "missing"), file]));
    }

    private static ServiceProvider Services() => new ServiceCollection().AddMetrics().BuildServiceProvider();

    private static ServiceTelemetry TelemetryOf(IServiceProvider services, params WatchedFolder[] folders) =>
        new(services.GetRequiredService<IMeterFactory>(), services, folders);

    private static HealthReport Report(params (string Name, HealthStatus Status)[] checks) => new(
        checks.ToDictionary(
            check => check.Name, check => new HealthReportEntry(check.Status, null, TimeSpan.Zero, null, null)),
        TimeSpan.Zero);

    /// <summary>What the instrument of this telemetry shows now: the value of its only tag, if it has one, and the number.</summary>
    private static List<(string? Tag, long Value)> Measure(ServiceTelemetry telemetry, string name)
    {
        var measured = new List<(string?, long)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == name && ReferenceEquals(instrument.Meter, telemetry.Meter))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((_, value, tags, _) => measured.Add((Tag(tags), value)));
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => measured.Add((Tag(tags), value)));
        listener.Start();
        listener.RecordObservableInstruments();
        return measured;

        static string? Tag(ReadOnlySpan<KeyValuePair<string, object?>> tags) => tags.IsEmpty ? null : (string?)tags[0].Value;
    }
}
