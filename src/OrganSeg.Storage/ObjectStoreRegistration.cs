using Azure.Storage.Blobs;
#if ASPIRE
using Microsoft.Extensions.Azure;
#endif
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace OrganSeg.Storage;

/// <summary>Registers the object store and the catalogues on top of it.</summary>
public static class ObjectStoreRegistration
{
    private const string ConnectionName = "blobs";
    private const string FolderPrefix = "folder=";

    /// <summary>
    /// Adds <see cref="IObjectStore"/>, the catalogues and the system's clock. <c>ConnectionStrings:blobs</c> is
    /// <c>folder=PATH</c> (a relative path counts from the content root), an Azure Storage connection string, or the URI
    /// of a blob service, to which the process signs in with the credentials of its environment. A missing or wrong one
    /// is an <see cref="ErrorKind.Invalid"/> error when the host starts.
    /// </summary>
    public static IHostApplicationBuilder AddObjectStore(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        AppContext.SetSwitch("Azure.Experimental.EnableActivitySource", true);
        builder.Services.TryAddSingleton(TimeProvider.System);
#if ASPIRE
        if (builder.Configuration.GetConnectionString(ConnectionName) is { } azure && !IsFolder(azure))
        {
            builder.AddAzureBlobServiceClient(
                ConnectionName,
                configureClientBuilder: client => client.ConfigureOptions(AzureTelemetry.Configure));
        }
#endif
        builder.Services.TryAddSingleton<IObjectStore>(Create);
        builder.Services.TryAddSingleton<DatasetCatalogue>();
        builder.Services.TryAddSingleton<ModelCatalogue>();
        builder.Services.TryAddSingleton<RunCatalogue>();
        builder.Services.TryAddSingleton<ReportCatalogue>();
        builder.Services.AddHostedService<ObjectStoreStart>();
        return builder;
    }

    /// <summary>Full path of the folder that the store of a service is; null when it is none.</summary>
    /// <param name="services">Of the host.</param>
    public static string? FolderOf(IServiceProvider services)
    {
        string? connection = services.GetRequiredService<IConfiguration>().GetConnectionString(ConnectionName);
        return connection is not null && IsFolder(connection)
            ? Path.GetFullPath(PathOf(connection), Path.GetFullPath(services.GetRequiredService<IHostEnvironment>().ContentRootPath))
            : null;
    }

    internal static IObjectStore Open(string connection, string contentRoot, TimeProvider time)
    {
        if (IsFolder(connection))
        {
            string path = PathOf(connection);
            return path.Length > 0
                ? new FolderObjectStore(Path.GetFullPath(path, Path.GetFullPath(contentRoot)), time)
                : throw Wrong("folder= needs a path.");
        }

        return new AzureBlobObjectStore(Connect(connection.Trim()));
    }

    private static TracedObjectStore Create(IServiceProvider services)
    {
        string? connection = services.GetRequiredService<IConfiguration>().GetConnectionString(ConnectionName);
        if (string.IsNullOrWhiteSpace(connection))
        {
            throw Wrong("It is missing. Set it to folder=PATH, an Azure Storage connection string or a blob service URI.");
        }

        // With Aspire its integration has registered the client, which then also has its health check.
        return services.GetService<BlobServiceClient>() is { } client && !IsFolder(connection)
            ? new TracedObjectStore(new AzureBlobObjectStore(client), services.GetRequiredService<TimeProvider>())
            : new TracedObjectStore(
                Open(
                    connection,
                    services.GetRequiredService<IHostEnvironment>().ContentRootPath,
                    services.GetRequiredService<TimeProvider>()),
                services.GetRequiredService<TimeProvider>());
    }

    private static BlobServiceClient Connect(string connection)
    {
        var options = new BlobClientOptions();
        AzureTelemetry.Configure(options);
        return AzureConnection.Open(
            "ConnectionStrings:blobs",
            connection,
            "folder=PATH nor an Azure Storage connection string nor a blob service URI",
            text => new BlobServiceClient(text, options),
            uri => new BlobServiceClient(uri, options),
            (uri, credential) => new BlobServiceClient(uri, credential, options));
    }

    private static bool IsFolder(string connection) =>
        connection.TrimStart().StartsWith(FolderPrefix, StringComparison.OrdinalIgnoreCase);

    private static string PathOf(string folder) => folder.Trim()[FolderPrefix.Length..].Trim();

    private static OrganSegException Wrong(string description) =>
        OrganSegException.Invalid("ConnectionStrings:blobs", description);
}
