namespace Aspire.Hosting.Azure;

/// <summary>The queues of a storage account.</summary>
public sealed class AzureQueueStorageResource : Resource, IConnectionStringSource
{
    internal AzureQueueStorageResource(string name, AzureStorageResource parent)
        : base(name) => Parent = parent;

    /// <summary>The account.</summary>
    public AzureStorageResource Parent { get; }

    /// <summary>Empty: a folder has no queues, and the services then keep what waits in the store.</summary>
    string IConnectionStringSource.ConnectionString => "";
}
