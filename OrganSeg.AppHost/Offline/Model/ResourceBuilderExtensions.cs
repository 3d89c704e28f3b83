namespace Aspire.Hosting;

/// <summary>How resources refer to each other.</summary>
public static class ResourceBuilderExtensions
{
    /// <summary>Gives the service a connection string, as <c>ConnectionStrings__{name}</c>.</summary>
    /// <typeparam name="TDestination">Type of the service.</typeparam>
    /// <param name="builder">The service.</param>
    /// <param name="source">What it connects to.</param>
    /// <param name="connectionName">Name of the connection string; that of the source when null.</param>
    /// <param name="optional">Whether the service can do without; of no effect here, where every source has a value.</param>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder,
        IResourceBuilder<IResourceWithConnectionString> source,
        string? connectionName = null,
        bool optional = false)
        where TDestination : IResourceWithEnvironment
    {
        Project(builder).ConnectionStrings[connectionName ?? source.Resource.Name] =
            (IConnectionStringSource)source.Resource;
        return builder;
    }

    /// <summary>Tells the service where another one is, as <c>services__{name}__{endpoint}__0</c>.</summary>
    /// <typeparam name="TDestination">Type of the service.</typeparam>
    /// <param name="builder">The service.</param>
    /// <param name="source">The other service.</param>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment
    {
        Project(builder).Services.Add((ProjectResource)source.Resource);
        return builder;
    }

    /// <summary>Sets an environment variable of the service.</summary>
    /// <typeparam name="T">Type of the service.</typeparam>
    /// <param name="builder">The service.</param>
    /// <param name="name">Name of the variable.</param>
    /// <param name="value">Its value; empty when null.</param>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value)
        where T : IResourceWithEnvironment
    {
        Project(builder).Environment[name] = value ?? string.Empty;
        return builder;
    }

    /// <summary>Starts the service only when the other resource is healthy.</summary>
    /// <typeparam name="T">Type of the service.</typeparam>
    /// <param name="builder">The service.</param>
    /// <param name="dependency">What it waits for.</param>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport
    {
        Project(builder).WaitsFor.Add(dependency.Resource);
        return builder;
    }

    /// <summary>Publishes the HTTP endpoints of the service to the outside; on one machine that changes nothing.</summary>
    /// <typeparam name="T">Type of the service.</typeparam>
    /// <param name="builder">The service.</param>
    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEndpoints
    {
        Project(builder).HasExternalEndpoints = true;
        return builder;
    }

    /// <summary>Counts the service as healthy when a GET answers.</summary>
    /// <typeparam name="T">Type of the service.</typeparam>
    /// <param name="builder">The service.</param>
    /// <param name="path">Path to get; <c>/</c> when null.</param>
    /// <param name="statusCode">Answer of a healthy service; 200 when null.</param>
    /// <param name="endpointName">Endpoint to ask; <c>http</c> when null.</param>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, string? endpointName = null)
        where T : IResourceWithEndpoints
    {
        Project(builder).HealthChecks.Add(new HttpHealthCheck(endpointName ?? "http", path ?? "/", statusCode ?? 200));
        return builder;
    }

    // Projects are the only resources here that are configured this way.
    private static ProjectResource Project<T>(IResourceBuilder<T> builder)
        where T : IResource => (ProjectResource)(IResource)builder.Resource;
}
