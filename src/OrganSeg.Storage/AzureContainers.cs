using System.Collections.Concurrent;
using Azure.Storage.Blobs;

namespace OrganSeg.Storage;

/// <summary>Makes each container once in the life of a process, when it is first written to.</summary>
internal sealed class AzureContainers(BlobServiceClient client)
{
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);

    public async Task EnsureAsync(string container, CancellationToken cancellationToken)
    {
        if (_known.ContainsKey(container))
        {
            return;
        }

        try
        {
            // Several first writers may come here together; the service lets all but one find it made.
            await client.GetBlobContainerClient(container).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        }
        catch (Exception e) when (AzureErrors.Translate(e) is { } known)
        {
            throw known;
        }

        _known[container] = true;
    }
}
