namespace Aspire.Hosting.ApplicationModel;

/// <summary>What the stand-in needs to know of a resource with a connection string.</summary>
internal interface IConnectionStringSource : IResourceWithConnectionString
{
    /// <summary>The connection string as services get it.</summary>
    string ConnectionString { get; }
}
