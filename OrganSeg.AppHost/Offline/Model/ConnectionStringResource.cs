namespace Aspire.Hosting.ApplicationModel;

/// <summary>A connection string from the configuration.</summary>
internal sealed class ConnectionStringResource(string name, string value) : Resource(name), IConnectionStringSource
{
    public string ConnectionString { get; } = value;
}
