using OrganSeg.AppHost.Offline;

namespace Aspire.Hosting;

/// <summary>Values from the configuration as resources.</summary>
public static class ParameterResourceBuilderExtensions
{
    /// <summary>Adds the connection string <c>ConnectionStrings:{name}</c> of the configuration.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">Name of the connection string.</param>
    /// <param name="environmentVariableName">Name of the variable that services get it by, instead of
    /// <c>ConnectionStrings__{name}</c>; not supported by the stand-in.</param>
    public static IResourceBuilder<IResourceWithConnectionString> AddConnectionString(
        this IDistributedApplicationBuilder builder, string name, string? environmentVariableName = null)
    {
        if (environmentVariableName is not null)
        {
            throw new NotSupportedException("The offline AppHost passes connection strings by their usual name only.");
        }

        var value = builder.Configuration[$"ConnectionStrings:{name}"];
        if (string.IsNullOrWhiteSpace(value))
        {
            throw new HostException($"ConnectionStrings:{name} is not configured.");
        }

        return ((DistributedApplicationBuilder)builder).Add(
            new ConnectionStringResource(name, StoreFolder.Absolute(value)));
    }
}
