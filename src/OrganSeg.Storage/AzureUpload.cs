using System.Buffers;
using System.Globalization;
using System.Text;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace OrganSeg.Storage;

/// <summary>
/// One write of one blob. What fits into a block is sent by one request; more is staged block by block and committed at
/// the end. Block ids are random: the service keeps one set of staged blocks per blob, so with ids counted from nought,
/// as the SDK's own upload has them, two writers of one blob would commit each other's blocks.
/// </summary>
internal sealed class AzureUpload(BlockBlobClient blob, string container, string name, WriteCondition condition)
{
    private const int BlockBytes = 8 << 20;
    private const string WriteIdKey = "organsegwrite";

    private readonly string _id = Guid.NewGuid().ToString("N");

    public async Task<StoredObject> RunAsync(Stream content, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            int filled = await FillAsync(content, buffer, cancellationToken);
            return filled < BlockBytes
                ? await PutAsync(new ArraySegment<byte>(buffer, 0, filled), cancellationToken)
                : await StageAsync(content, buffer, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<StoredObject> PutAsync(ArraySegment<byte> content, CancellationToken cancellationToken)
    {
        try
        {
            return await FinishAsync(
                content.Count,
                async () =>
                {
                    using var body = new MemoryStream(content.Array!, content.Offset, content.Count, writable: false);
                    var options = new BlobUploadOptions { Conditions = Conditions(), Metadata = Metadata() };
                    return await blob.UploadAsync(body, options, cancellationToken);
                },
                cancellationToken);
        }
        catch (OrganSegException e) when (e.Kind == ErrorKind.Exists)
        {
            if (await FindAsync(cancellationToken) is not null)
            {
                throw;
            }

            // Blocks that an interrupted upload left behind count as a blob here, but not when blocks are committed.
            string[] blocks = content.Count == 0 ? [] : [await StageBlockAsync(0, content, cancellationToken)];
            return await CommitAsync(blocks, content.Count, cancellationToken);
        }
    }

    private async Task<StoredObject> StageAsync(Stream content, byte[] buffer, CancellationToken cancellationToken)
    {
        var blocks = new List<string>();
        long length = 0;
        for (int filled = BlockBytes; filled > 0; filled = await FillAsync(content, buffer, cancellationToken))
        {
            blocks.Add(await StageBlockAsync(
                blocks.Count, new ArraySegment<byte>(buffer, 0, filled), cancellationToken));
            length += filled;
        }

        return await CommitAsync(blocks, length, cancellationToken);
    }

    private async Task<string> StageBlockAsync(
        int number, ArraySegment<byte> content, CancellationToken cancellationToken)
    {
        string block = Convert.ToBase64String(
            Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_id}{number:D8}")));
        try
        {
            using var body = new MemoryStream(content.Array!, content.Offset, content.Count, writable: false);
            await blob.StageBlockAsync(block, body, cancellationToken: cancellationToken);
            return block;
        }
        catch (Exception e) when (AzureErrors.Translate(e) is { } known)
        {
            throw known;
        }
    }

    private Task<StoredObject> CommitAsync(
        IReadOnlyList<string> blocks, long length, CancellationToken cancellationToken) =>
        FinishAsync(
            length,
            async () => await blob.CommitBlockListAsync(
                blocks,
                new CommitBlockListOptions { Conditions = Conditions(), Metadata = Metadata() },
                cancellationToken),
            cancellationToken);

    private async Task<StoredObject> FinishAsync(
        long length, Func<Task<BlobContentInfo>> send, CancellationToken cancellationToken)
    {
        try
        {
            BlobContentInfo info = await send();
            return new StoredObject(name, length, AzureErrors.Plain(info.ETag), info.LastModified);
        }
        catch (RequestFailedException e) when (IsConflict(e))
        {
            // A request whose answer was lost is sent again by the SDK and then meets its own first success.
            return await FindAsync(cancellationToken) is { } found
                && found.Metadata.TryGetValue(WriteIdKey, out string? id) && id == _id
                    ? new StoredObject(name, length, AzureErrors.Plain(found.ETag), found.LastModified)
                    : throw Conflict(e);
        }
        catch (Exception e) when (AzureErrors.Translate(e) is { } known)
        {
            throw known;
        }
    }

    /// <summary>
    /// Broken conditions; and staged blocks that are gone, since the service drops them all when somebody else commits.
    /// </summary>
    private bool IsConflict(RequestFailedException exception) =>
        exception.ErrorCode == BlobErrorCode.InvalidBlockList
        || ((condition.RequiresAbsence || condition.RequiredETag is not null)
            && exception.ErrorCode != BlobErrorCode.ContainerBeingDeleted
            && (exception.Status is 409 or 412
                || (exception.Status == 404 && exception.ErrorCode != BlobErrorCode.ContainerNotFound)));

    private OrganSegException Conflict(RequestFailedException exception) =>
        condition.RequiresAbsence || condition.RequiredETag is not null
            ? condition.Broken(container, name, exception)
            : new OrganSegException(
                ErrorKind.NotReady,
                $"{container}/{name} was written by someone else during this upload; send it again.",
                exception);

    private async Task<BlobProperties?> FindAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await blob.GetPropertiesAsync(cancellationToken: cancellationToken);
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

    private Dictionary<string, string> Metadata() => new() { [WriteIdKey] = _id };

    private BlobRequestConditions Conditions()
    {
        var conditions = new BlobRequestConditions();
        if (condition.RequiresAbsence)
        {
            conditions.IfNoneMatch = ETag.All;
        }
        else if (condition.RequiredETag is { } etag)
        {
            conditions.IfMatch = new ETag(etag);
        }

        return conditions;
    }

    /// <summary>Fills a block as far as the content goes; exceptions of the content's stream pass as they are.</summary>
    private static ValueTask<int> FillAsync(Stream content, byte[] buffer, CancellationToken cancellationToken) =>
        content.ReadAtLeastAsync(buffer.AsMemory(0, BlockBytes), BlockBytes, throwOnEndOfStream: false, cancellationToken);
}
