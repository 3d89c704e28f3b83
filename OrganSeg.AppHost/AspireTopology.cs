using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting.Azure;

namespace OrganSeg.AppHost;

/// <summary>Describes what Aspire would run as the stand-in describes what it would, so that both can be compared.</summary>
internal static class AspireTopology
{
    // Aspire also gives what programs of other languages read, and what differs from run to run.
    private static readonly string[] Compared = ["ConnectionStrings__", "Kestrel__", "services__"];
    private static readonly string[] Telemetry = ["OTEL_RESOURCE_ATTRIBUTES", "OTEL_SERVICE_NAME"];

    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes resources, endpoints, references and names of environment variables, and starts nothing.</summary>
    /// <param name="builder">The application, with everything added.</param>
    /// <param name="file">The file to write, as JSON.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task WriteTopologyAsync(
        this IDistributedApplicationBuilder builder, string file, CancellationToken cancellationToken = default)
    {
        var described = new JsonObject();
        foreach (var resource in builder.Resources.OrderBy(resource => resource.Name, StringComparer.Ordinal))
        {
            var description = resource switch
            {
                ProjectResource project => await DescribeAsync(project, cancellationToken),
                AzureStorageResource storage => new JsonObject { ["type"] = "azure.storage", ["emulator"] = storage.IsEmulator },
                AzureBlobStorageResource blobs => new JsonObject { ["type"] = "azure.storage.blobs", ["parent"] = blobs.Parent.Name },
                AzureQueueStorageResource queues => new JsonObject { ["type"] = "azure.storage.queues", ["parent"] = queues.Parent.Name },
                IResourceWithConnectionString => new JsonObject { ["type"] = "connectionString" },
                // Parameters, identities and environments of deployments.
                _ => null,
            };
            if (description is not null)
            {
                described[resource.Name] = description;
            }
        }

        var text = new JsonObject { ["schema"] = 1, ["resources"] = described }.ToJsonString(Format) + "\n";
        await File.WriteAllTextAsync(file, text, cancellationToken);
    }

    private static async Task<JsonObject> DescribeAsync(ProjectResource service, CancellationToken cancellationToken)
    {
        var endpoints = new JsonObject();
        foreach (var endpoint in service.Annotations.OfType<EndpointAnnotation>().OrderBy(endpoint => endpoint.Name, StringComparer.Ordinal))
        {
            endpoints[endpoint.Name] = new JsonObject
            {
                ["scheme"] = endpoint.UriScheme,
                ["transport"] = endpoint.Transport,
                ["port"] = endpoint.Port ?? endpoint.TargetPort,
                ["external"] = endpoint.IsExternal,
            };
        }

        return new JsonObject
        {
            ["type"] = "project",
            ["project"] = Path.GetFileNameWithoutExtension(service.Annotations.OfType<IProjectMetadata>().Single().ProjectPath),
            ["replicas"] = service.Annotations.OfType<ReplicaAnnotation>().LastOrDefault()?.Replicas ?? 1,
            ["endpoints"] = endpoints,
            ["environment"] = Names(await VariablesAsync(service, cancellationToken)),
            ["healthChecks"] = new JsonArray(
                [.. service.Annotations.OfType<HealthCheckAnnotation>().Select(check => Describe(service, check)).OfType<JsonObject>()]),
            ["references"] = Names(Related(service, "Reference")),
            ["waitFor"] = Names(Related(service, "WaitFor")),
        };
    }

    /// <summary>What publishing would set: its values are expressions, so nothing has to run for them.</summary>
    private static async Task<IEnumerable<string>> VariablesAsync(ProjectResource service, CancellationToken cancellationToken)
    {
        var context = new EnvironmentCallbackContext(
            new DistributedApplicationExecutionContext(DistributedApplicationOperation.Publish), service, [], cancellationToken);
        foreach (var annotation in service.Annotations.OfType<EnvironmentCallbackAnnotation>().ToList())
        {
            await annotation.Callback(context);
        }

        var telemetry = service.Annotations.OfType<OtlpExporterAnnotation>().Any() ? Telemetry : [];
        return context.EnvironmentVariables.Keys
            .Where(name => Compared.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
            .Concat(telemetry);
    }

    /// <summary>A check is known by its key alone: resource, endpoint, path and status, joined by underscores.</summary>
    private static JsonObject? Describe(ProjectResource service, HealthCheckAnnotation check)
    {
        var parts = check.Key.Split('_');
        return parts is [var owner, var endpoint, var path, var status, "check"] && owner == service.Name && int.TryParse(status, out var code)
            ? new JsonObject { ["endpoint"] = endpoint, ["path"] = path, ["statusCode"] = code }
            : null;
    }

    private static IEnumerable<string> Related(ProjectResource service, string kind) =>
        service.Annotations.OfType<ResourceRelationshipAnnotation>()
            .Where(relation => relation.Type == kind)
            .Select(relation => relation.Resource.Name);

    private static JsonArray Names(IEnumerable<string> names) =>
        new([.. names.Distinct().Order(StringComparer.Ordinal).Select(name => (JsonNode)name)]);
}
