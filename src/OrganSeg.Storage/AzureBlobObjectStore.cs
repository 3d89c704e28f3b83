using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace OrganSeg.Storage;

/// <summary>Blobs in Azure Blob Storage, or in its emulator Azurite. Containers are made when first written to.</summary>
public sealed class AzureBlobObjectStore : IObjectStore
{
    private readonly BlobServiceClient _client;
    private readonly AzureContainers _containers;

    /// <summary>Opens a store. Nothing is sent yet.</summary>
    /// <param name="client">Account and credentials; the caller keeps it.</param>
    public AzureBlobObjectStore(BlobServiceClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        _client = client;
        _containers = new AzureContainers(client);
        // Without the query, which holds a shared access signature when the URI was given with one.
        string endpoint = client.Uri.GetLeftPart(UriPartial.Path).TrimEnd('/');
        string identity = $"azure={client.AccountName}\n{endpoint}";
        Identity = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)));
    }

    /// <inheritdoc/>
    public string Identity { get; }

    /// <inheritdoc/>
    public async Task<StoredObject?> FindAsync(string container, string name, CancellationToken cancellationToken)
    {
        BlockBlobClient blob = BlobOf(container, name);
        try
        {
            BlobProperties found = await blob.GetPropertiesAsync(cancellationToken: cancellationToken);
            return new StoredObject(name, found.ContentLength, AzureErrors.Plain(found.ETag), found.LastModified);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
        catch (Exception e) when (AzureErrors.Translate(e) is { } known)
        {
            throw known;
        }
    }

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(
        string container, string name, long offset, long? length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length ?? 0, nameof(length));
        BlockBlobClient blob = BlobOf(container, name);
        try
        {
            if (length == 0)
            {
                // The service has no empty ranges; only whether the blob is there has to be found out.
                await blob.GetPropertiesAsync(cancellationToken: cancellationToken);
                return Stream.Null;
            }

            var options = new BlobDownloadOptions();
            if (offset > 0 || length is not null)
            {
                options.Range = new HttpRange(offset, length);
            }

            BlobDownloadStreamingResult result = await blob.DownloadStreamingAsync(options, cancellationToken);
            return new BlobReadStream(result.Content, length, AzureErrors.Translate);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            throw new OrganSegException(ErrorKind.Missing, $"There is no blob {container}/{name}.", e);
        }
        catch (RequestFailedException e) when (e.Status == 416)
        {
            return Stream.Null;
        }
        catch (Exception e) when (AzureErrors.Translate(e) is { } known)
        {
            throw known;
        }
    }

    /// <inheritdoc/>
    public async Task<StoredObject> WriteAsync(
        string container, string name, Stream content, WriteCondition condition, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        BlockBlobClient blob = BlobOf(container, name);
        await _containers.EnsureAsync(container, cancellationToken);
        var upload = new AzureUpload(blob, container, name, condition);
        return await upload.RunAsync(content, cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(
        string container, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobName.CheckPrefix(container, prefix);
        AsyncPageable<BlobItem> blobs = _client.GetBlobContainerClient(container)
            .GetBlobsAsync(new GetBlobsOptions { Prefix = prefix }, cancellationToken);
        await foreach (BlobItem blob in AzureErrors.GuardAsync(blobs, cancellationToken))
        {
            yield return new StoredObject(
                blob.Name,
                blob.Properties.ContentLength ?? 0,
                AzureErrors.Plain(blob.Properties.ETag ?? default),
                blob.Properties.LastModified ?? default);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListFoldersAsync(
        string container, string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobName.CheckFolder(container, folder);
        AsyncPageable<BlobHierarchyItem> items = _client.GetBlobContainerClient(container)
            .GetBlobsByHierarchyAsync(
                new GetBlobsByHierarchyOptions { Prefix = folder, Delimiter = "/" }, cancellationToken);
        await foreach (BlobHierarchyItem item in AzureErrors.GuardAsync(items, cancellationToken))
        {
            if (item.IsPrefix)
            {
                yield return item.Prefix[folder.Length..^1];
            }
        }
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string container, string name, CancellationToken cancellationToken)
    {
        BlockBlobClient blob = BlobOf(container, name);
        try
        {
            await blob.DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellationToken);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            // The container does not exist either.
        }
        catch (Exception e) when (AzureErrors.Translate(e) is { } known)
        {
            throw known;
        }
    }

    private BlockBlobClient BlobOf(string container, string name)
    {
        BlobName.Check(container, name);
        return _client.GetBlobContainerClient(container).GetBlockBlobClient(name);
    }
}
