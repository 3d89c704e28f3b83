namespace Aspire.Hosting.Azure;

/// <summary>The blobs of a storage account.</summary>
public sealed class AzureBlobStorageResource : Resource, IConnectionStringSource
{
    private readonly string _folder;

    internal AzureBlobStorageResource(string name, AzureStorageResource parent, string folder)
        : base(name)
    {
        Parent = parent;
        _folder = folder;
    }

    /// <summary>The account.</summary>
    public AzureStorageResource Parent { get; }

    string IConnectionStringSource.ConnectionString => $"folder={_folder}";
}
