using OrganSeg.AppHost.Offline;

namespace Aspire.Hosting;

/// <summary>
/// An application of services. This is the stand-in for Aspire: it runs the services as child processes of its own.
/// </summary>
public sealed class DistributedApplication
{
    private readonly DistributedApplicationBuilder _builder;

    internal DistributedApplication(DistributedApplicationBuilder builder) => _builder = builder;

    /// <summary>Starts the description of an application.</summary>
    /// <param name="args">Command line: the switches of <c>HostSwitches</c>, then configuration as
    /// <c>--Section:Key=value</c>.</param>
    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => new DistributedApplicationBuilder(args);

    /// <summary>
    /// Runs until it is told to stop (Ctrl-C, SIGTERM, or the end of standard input when ORGANSEG_STOP_WITH_STDIN is 1)
    /// or a service cannot be kept running; that sets <see cref="Environment.ExitCode"/> to 1. All services have ended
    /// when it returns.
    /// </summary>
    /// <param name="cancellationToken">Stops the services.</param>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        using var signals = new StopSignals(cancellationToken);
        var console = HostConsole.ForProcess(_builder.Switches);
        var host = new OfflineHost(_builder.Resources, _builder.Switches, _builder.Configuration, console);
        Environment.ExitCode = await host.RunAsync(signals);
    }
}
