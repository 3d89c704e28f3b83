using Aspire.Hosting.Azure;
using OrganSeg.AppHost.Offline;

namespace Aspire.Hosting;

/// <summary>Azure Storage as a resource.</summary>
public static class AzureStorageExtensions
{
    /// <summary>Adds a storage account.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">Name of the resource.</param>
    public static IResourceBuilder<AzureStorageResource> AddAzureStorage(
        this IDistributedApplicationBuilder builder, string name) =>
        ((DistributedApplicationBuilder)builder).Add(new AzureStorageResource(name));

    /// <summary>Runs the emulator in place of the account; offline that is a folder, with no container to configure.</summary>
    /// <param name="builder">The account.</param>
    /// <param name="configureContainer">Not called: there is no container.</param>
    public static IResourceBuilder<AzureStorageResource> RunAsEmulator(
        this IResourceBuilder<AzureStorageResource> builder,
        Action<IResourceBuilder<AzureStorageEmulatorResource>>? configureContainer = null)
    {
        builder.Resource.IsEmulator = true;
        return builder;
    }

    /// <summary>Adds the blobs of the account.</summary>
    /// <param name="builder">The account.</param>
    /// <param name="name">Name of the resource and of its connection string.</param>
    public static IResourceBuilder<AzureBlobStorageResource> AddBlobs(
        this IResourceBuilder<AzureStorageResource> builder, string name) =>
        ((DistributedApplicationBuilder)builder.ApplicationBuilder).Add(
            new AzureBlobStorageResource(name, builder.Resource, StoreFolder.Default));

    /// <summary>Adds the queues of the account.</summary>
    /// <param name="builder">The account.</param>
    /// <param name="name">Name of the resource and of its connection string.</param>
    public static IResourceBuilder<AzureQueueStorageResource> AddQueues(
        this IResourceBuilder<AzureStorageResource> builder, string name) =>
        ((DistributedApplicationBuilder)builder.ApplicationBuilder).Add(
            new AzureQueueStorageResource(name, builder.Resource));
}
