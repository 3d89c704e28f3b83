using System.Text.Json;

namespace OrganSeg.Deployment.Tests;

/// <summary>A service of the topology.</summary>
/// <param name="Project">Name of its project, which lies in <c>services/</c>.</param>
/// <param name="Ports">Its endpoints' ports, by name.</param>
/// <param name="Environment">Keys of its environment.</param>
/// <param name="HealthChecks">Endpoint and path of each check.</param>
internal sealed record TopologyService(
    string Project,
    IReadOnlyDictionary<string, int> Ports,
    IReadOnlySet<string> Environment,
    IReadOnlyList<(string Endpoint, string Path)> HealthChecks)
{
    public static TopologyService Of(JsonElement project) => new(
        project.GetProperty("project").GetString()!,
        project.GetProperty("endpoints").EnumerateObject()
            .ToDictionary(endpoint => endpoint.Name, endpoint => endpoint.Value.GetProperty("port").GetInt32()),
        project.GetProperty("environment").EnumerateArray().Select(key => key.GetString()!).ToHashSet(),
        [
            .. project.GetProperty("healthChecks").EnumerateArray()
                .Select(check => (check.GetProperty("endpoint").GetString()!, check.GetProperty("path").GetString()!)),
        ]);
}
