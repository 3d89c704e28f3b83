namespace Aspire.Hosting.ApplicationModel;

/// <summary>A .NET project that runs as a service.</summary>
/// <param name="name">Name of the resource, by which other services find it.</param>
public sealed class ProjectResource(string name)
    : Resource(name), IResourceWithEnvironment, IResourceWithWaitSupport, IResourceWithServiceDiscovery
{
    internal string ProjectPath { get; init; } = string.Empty;

    /// <summary>Connection strings by the name under which the service asks for them.</summary>
    internal SortedDictionary<string, IConnectionStringSource> ConnectionStrings { get; } = new(StringComparer.Ordinal);

    /// <summary>Variables that were set by name.</summary>
    internal SortedDictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    internal List<ProjectResource> Services { get; } = [];

    internal List<IResource> WaitsFor { get; } = [];

    internal List<HttpHealthCheck> HealthChecks { get; } = [];

    internal bool HasExternalEndpoints { get; set; }
}
