using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace OrganSeg.ServiceDefaults;

/// <summary>
/// What every service shows of itself: what its health checks said last, the space of the disks it writes to, and the
/// memory it may use.
/// </summary>
internal sealed class ServiceTelemetry : IHealthCheckPublisher, IDisposable
{
    public const string Name = "OrganSeg.Service";

    private readonly IServiceProvider _services;
    private readonly WatchedFolder[] _folders;
    private volatile HealthReport? _report;

    public ServiceTelemetry(IMeterFactory meters, IServiceProvider services, IEnumerable<WatchedFolder> folders)
    {
        _services = services;
        _folders = [.. folders];
        Meter = meters.Create(Name);
        Meter.CreateObservableGauge("organseg.service.health", Health, "{check}", "Whether a health check passed: 1 or 0.");
        Meter.CreateObservableGauge(
            "organseg.service.disk.free", () => Disks(disk => disk.AvailableFreeSpace), "By", "Bytes left to the service where a folder lies.");
        Meter.CreateObservableGauge(
            "organseg.service.disk.size", () => Disks(disk => disk.TotalSize), "By", "Bytes of the disk on which a folder lies.");
        Meter.CreateObservableGauge(
            "organseg.service.memory.limit", MemoryLimit.Read, "By", "Bytes of memory of the container, or of the machine where it is not limited.");
    }

    internal Meter Meter { get; }

    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        _report = report;
        return Task.CompletedTask;
    }

    public void Dispose() => Meter.Dispose();

    private IEnumerable<Measurement<int>> Health() => _report is not { } report
        ? []
        : report.Entries.Select(entry => new Measurement<int>(
            entry.Value.Status == HealthStatus.Unhealthy ? 0 : 1, new KeyValuePair<string, object?>("organseg.check", entry.Key)));

    private IEnumerable<Measurement<long>> Disks(Func<DriveInfo, long> number)
    {
        foreach (var folder in _folders)
        {
            // What cannot be asked, such as a share that is away, is left out rather than shown as full.
            long? bytes = null;
            try
            {
                bytes = folder.Find(_services) is { } disk ? number(disk) : null;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
            }

            if (bytes is { } known)
            {
                yield return new Measurement<long>(known, new KeyValuePair<string, object?>("organseg.folder", folder.Name));
            }
        }
    }
}
