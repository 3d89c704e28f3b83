using System.Text.Json;
using OrganSeg.Testing;

namespace OrganSeg.Deployment.Tests;

/// <summary>The committed <c>deploy/topology.json</c>.</summary>
internal static class TopologyFile
{
    /// <summary>Resources of kind <c>project</c>, by name.</summary>
    public static Dictionary<string, JsonElement> Projects { get; } = Read();

    /// <summary>The same, read.</summary>
    public static IReadOnlyDictionary<string, TopologyService> Services { get; } =
        Projects.ToDictionary(project => project.Key, project => TopologyService.Of(project.Value));

    private static Dictionary<string, JsonElement> Read()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Repository.PathOf("deploy", "topology.json")));
        return document.RootElement.GetProperty("resources").EnumerateObject()
            .Where(resource => resource.Value.GetProperty("type").GetString() == "project")
            .ToDictionary(resource => resource.Name, resource => resource.Value.Clone());
    }
}
