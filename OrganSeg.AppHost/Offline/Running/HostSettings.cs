using Microsoft.Extensions.Configuration;

namespace OrganSeg.AppHost.Offline;

/// <summary>Folder, times and limits, from the section <c>Offline</c> of the configuration.</summary>
internal sealed record HostSettings
{
    /// <summary>Folder of the logs and of <c>up.json</c>.</summary>
    public string StateFolder { get; init; } = RepositoryFolder.State;

    /// <summary>Seconds before the first restart of a crashed service; doubles with each failure in a row.</summary>
    public double BackOffSeconds { get; init; } = 1;

    /// <summary>Longest pause before a restart.</summary>
    public double LongestBackOffSeconds { get; init; } = 15;

    /// <summary>A service that ran this long starts again with no failures counted.</summary>
    public double StableSeconds { get; init; } = 60;

    /// <summary>Failures in a row after which the application gives up.</summary>
    public int Failures { get; init; } = 5;

    /// <summary>Failures in a row of a service that was never healthy: most likely it never will be.</summary>
    public int FailuresAtStart { get; init; } = 2;

    /// <summary>Time that a service has to become healthy.</summary>
    public double HealthTimeoutSeconds { get; init; } = 120;

    /// <summary>Pause between two questions for its health.</summary>
    public double HealthIntervalSeconds { get; init; } = 0.1;

    /// <summary>Time that services have to finish or checkpoint their work when they are told to stop.</summary>
    public double StopSeconds { get; init; } = 40;

    public static HostSettings From(IConfiguration configuration) =>
        configuration.GetSection("Offline").Get<HostSettings>() ?? new HostSettings();
}
