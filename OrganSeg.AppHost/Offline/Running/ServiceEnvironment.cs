using Microsoft.Extensions.Configuration;

namespace OrganSeg.AppHost.Offline;

/// <summary>The variables that a service gets: the same names that Aspire uses.</summary>
internal static class ServiceEnvironment
{
    /// <summary>Set to 1 by a parent that keeps the standard input open and closes it to stop the process.</summary>
    public const string StopWithStandardInput = "ORGANSEG_STOP_WITH_STDIN";

    /// <summary>Of the AppHost's own surroundings, what would make a service listen elsewhere.</summary>
    public static readonly IReadOnlyList<string> Removed =
        ["ASPNETCORE_URLS", "DOTNET_URLS", "URLS", "ASPNETCORE_HTTP_PORTS", "ASPNETCORE_HTTPS_PORTS", "DOTNET_HTTP_PORTS"];

    private static readonly string[] Exporter =
    [
        "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_EXPORTER_OTLP_TIMEOUT",
    ];

    /// <param name="service">The service.</param>
    /// <param name="address">URL of an endpoint of a service.</param>
    /// <param name="endpoints">Endpoints of the services that this one refers to, and its own.</param>
    /// <param name="instance">Tells this run of the service from others, in telemetry.</param>
    /// <param name="configuration">Configuration of the AppHost.</param>
    public static SortedDictionary<string, string> For(
        ProjectResource service,
        Func<string, string, Uri> address,
        IReadOnlyDictionary<string, ServiceProject> endpoints,
        string instance,
        IConfiguration configuration)
    {
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["OTEL_SERVICE_NAME"] = service.Name,
            ["OTEL_RESOURCE_ATTRIBUTES"] = Attributes(configuration["OTEL_RESOURCE_ATTRIBUTES"], instance),
            ["DOTNET_ENVIRONMENT"] = configuration["DOTNET_ENVIRONMENT"] is { Length: > 0 } chosen ? chosen : "Production",
            [StopWithStandardInput] = "1",
        };
        foreach (var endpoint in endpoints[service.Name].Endpoints)
        {
            variables[$"Kestrel__Endpoints__{endpoint.Name}__Url"] = Text(service.Name, endpoint.Name);
        }

        foreach (var (name, source) in service.ConnectionStrings)
        {
            variables[$"ConnectionStrings__{name}"] = source.ConnectionString;
        }

        foreach (var other in service.Services.Select(resource => resource.Name))
        {
            foreach (var endpoint in endpoints[other].Endpoints)
            {
                variables[$"services__{other}__{endpoint.Name}__0"] = Text(other, endpoint.Name);
            }
        }

        foreach (var (name, value) in service.Environment)
        {
            variables[name] = value;
        }

        foreach (var name in Exporter)
        {
            if (configuration[name] is { Length: > 0 } value)
            {
                variables[name] = value;
            }
        }

        return variables;

        string Text(string owner, string endpoint) => ServiceAddresses.Text(address(owner, endpoint));
    }

    private static string Attributes(string? given, string instance)
    {
        var own = $"service.instance.id={instance}";
        return string.IsNullOrWhiteSpace(given) ? own : $"{given.TrimEnd(',')},{own}";
    }
}
