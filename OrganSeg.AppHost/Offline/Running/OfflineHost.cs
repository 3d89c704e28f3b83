using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace OrganSeg.AppHost.Offline;

/// <summary>Runs the services of an application as child processes, from the first start to the last end.</summary>
internal sealed class OfflineHost(
    IReadOnlyCollection<IResource> resources,
    HostSwitches switches,
    IConfiguration configuration,
    HostConsole console)
{
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(5);

    private readonly ProjectResource[] _services = [.. resources.OfType<ProjectResource>()];
    private readonly TimeProvider _time = TimeProvider.System;

    /// <summary>Returns the exit code: 0 after a stop that was asked for; else, with the reason on standard error, 2 for
    /// a wrong command line and 1 for a failure.</summary>
    public async Task<int> RunAsync(StopSignals signals)
    {
        if (switches.Error is { } usage)
        {
            console.SayError(usage);
            return 2;
        }

        try
        {
            var projects = _services.ToDictionary(service => service.Name, ServiceProject.Load);
            if (switches.Topology is { } file)
            {
                await File.WriteAllTextAsync(file, Topology.Describe(resources, projects, configuration), signals.Stopping);
                return 0;
            }

            return await RunAsync(projects, signals);
        }
        catch (HostException error)
        {
            console.SayError(error.Message);
            return 1;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            console.SayError($"The AppHost cannot write its files: {error.Message}");
            return 1;
        }
    }

    private async Task<int> RunAsync(Dictionary<string, ServiceProject> projects, StopSignals signals)
    {
        var addresses = new ServiceAddresses();
        foreach (var service in _services)
        {
            foreach (var (endpoint, port) in addresses.Assign(projects[service.Name], declared: !switches.FreePorts))
            {
                console.Say($"{service.Name}: port {endpoint.DeclaredPort} ({endpoint.Name}) is taken; using {port}");
            }
        }

        var settings = HostSettings.From(configuration);
        var folder = LogFolder.Create(settings.StateFolder, _time);
        using var own = new ServiceLog(Path.Combine(folder, "apphost.log"), console.Say);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = AnswerPatience };
        var context = new SupervisorContext(
            configuration, settings, new HealthProbe(client, settings, _time), _time, own.Write);
        var width = _services.Max(service => service.Name.Length);
        ServiceLog[] logs =
        [
            .. _services.Select((service, index) => new ServiceLog(
                Path.Combine(folder, service.Name + ".log"),
                line => console.WriteService(service.Name, index, width, line))),
        ];
        try
        {
            var supervisors = _services
                .Select((service, i) => new ServiceSupervisor(service, projects, addresses, logs[i], context))
                .ToDictionary(supervisor => supervisor.Service);
            return await SuperviseAsync(supervisors, addresses, folder, own, signals);
        }
        finally
        {
            Array.ForEach(logs, log => log.Dispose());
        }
    }

    private async Task<int> SuperviseAsync(
        Dictionary<ProjectResource, ServiceSupervisor> supervisors,
        ServiceAddresses addresses,
        string logFolder,
        ServiceLog own,
        StopSignals signals)
    {
        var running = supervisors.Values.Select(supervisor => supervisor.RunAsync(
            supervisor.Service.WaitsFor.OfType<ProjectResource>().Select(other => supervisors[other].Healthy),
            signals)).ToList();
        var healthy = Task.WhenAll(supervisors.Values.Select(supervisor => supervisor.Healthy));
        StateFile? announced = null;
        HostException? failure = null;
        try
        {
            // A supervisor ends only by failing or because it was told to stop.
            if (await Task.WhenAny([healthy, .. running]) == healthy)
            {
                announced = switches.Up ? StateFile.Write(HostSettings.From(configuration).StateFolder, addresses.All()) : null;
                Announce(addresses, logFolder);
            }

            await await Task.WhenAny(running);
        }
        catch (HostException error)
        {
            failure = error;
        }

        announced?.Dispose();
        own.Write(failure is null ? "stopping" : $"stopping: {failure.Message}");
        signals.Stop();
        try
        {
            await Task.WhenAll(running);
        }
        catch (HostException error)
        {
            failure ??= error;
        }

        own.Write("stopped");
        if (failure is not null)
        {
            console.SayError(failure.Message);
        }

        return failure is null ? 0 : 1;
    }

    private void Announce(ServiceAddresses addresses, string logFolder)
    {
        var all = addresses.All();
        foreach (var line in EndpointTable.Lines(all))
        {
            console.Say(line);
        }

        var stores = _services.SelectMany(service => service.ConnectionStrings).DistinctBy(pair => pair.Key);
        foreach (var (name, source) in stores)
        {
            console.Say($"{name}: {StoreFolder.Describe(source.ConnectionString)}");
        }

        var collector = configuration["OTEL_EXPORTER_OTLP_ENDPOINT"];
        console.Say(string.IsNullOrWhiteSpace(collector)
            ? "traces: nowhere; set OTEL_EXPORTER_OTLP_ENDPOINT to send logs, metrics and traces to a collector"
            : $"traces: {collector}");
        console.Say($"logs: {logFolder}");
        if (switches.Json)
        {
            console.WriteResult(JsonSerializer.Serialize(all));
        }
    }
}
