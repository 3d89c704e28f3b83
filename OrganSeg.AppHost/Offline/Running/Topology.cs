using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting.Azure;
using Microsoft.Extensions.Configuration;

namespace OrganSeg.AppHost.Offline;

/// <summary>
/// Describes an application without starting it: resources, endpoints, references, names of environment variables. The
/// same on every machine, so that it can be compared.
/// </summary>
internal static class Topology
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Describe(
        IEnumerable<IResource> resources,
        IReadOnlyDictionary<string, ServiceProject> projects,
        IConfiguration configuration)
    {
        var described = new JsonObject();
        foreach (var resource in resources.OrderBy(resource => resource.Name, StringComparer.Ordinal))
        {
            described[resource.Name] = resource switch
            {
                ProjectResource project => Describe(project, projects, configuration),
                AzureStorageResource storage => new JsonObject
                {
                    ["type"] = "azure.storage",
                    ["emulator"] = storage.IsEmulator,
                },
                AzureBlobStorageResource blobs => new JsonObject
                {
                    ["type"] = "azure.storage.blobs",
                    ["parent"] = blobs.Parent.Name,
                },
                AzureQueueStorageResource queues => new JsonObject
                {
                    ["type"] = "azure.storage.queues",
                    ["parent"] = queues.Parent.Name,
                },
                _ => new JsonObject { ["type"] = "connectionString" },
            };
        }

        return new JsonObject { ["schema"] = 1, ["resources"] = described }.ToJsonString(Format) + "\n";
    }

    private static JsonObject Describe(
        ProjectResource service,
        IReadOnlyDictionary<string, ServiceProject> projects,
        IConfiguration configuration)
    {
        var endpoints = new JsonObject();
        foreach (var endpoint in projects[service.Name].Endpoints)
        {
            endpoints[endpoint.Name] = new JsonObject
            {
                ["scheme"] = endpoint.Scheme,
                ["transport"] = endpoint.Transport,
                ["port"] = endpoint.DeclaredPort,
                ["external"] = service.HasExternalEndpoints,
            };
        }

        // Left out: what only child processes of this host get, and what depends on where it runs.
        var nowhere = new Uri("http://127.0.0.1");
        var variables = ServiceEnvironment.For(service, (_, _) => nowhere, projects, string.Empty, configuration).Keys
            .Where(name => name is not (ServiceEnvironment.StopWithStandardInput or "DOTNET_ENVIRONMENT")
                && !name.StartsWith("OTEL_EXPORTER_", StringComparison.Ordinal));
        return new JsonObject
        {
            ["type"] = "project",
            ["project"] = Path.GetFileNameWithoutExtension(service.ProjectPath),
            ["replicas"] = 1,
            ["endpoints"] = endpoints,
            ["environment"] = Names(variables),
            ["healthChecks"] = new JsonArray(
            [
                .. service.HealthChecks.OrderBy(check => check.EndpointName).ThenBy(check => check.Path)
                    .Select(check => new JsonObject
                    {
                        ["endpoint"] = check.EndpointName,
                        ["path"] = check.Path,
                        ["statusCode"] = check.StatusCode,
                    }),
            ]),
            ["references"] = Names(service.ConnectionStrings.Values.Select(source => source.Name)
                .Concat(service.Services.Select(other => other.Name))),
            ["waitFor"] = Names(service.WaitsFor.Select(other => other.Name)),
        };
    }

    private static JsonArray Names(IEnumerable<string> names) =>
        new([.. names.Distinct().Order(StringComparer.Ordinal).Select(name => (JsonNode)name)]);
}
