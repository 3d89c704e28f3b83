using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Options;
using OrganSeg.Ingest.Import;
using OrganSeg.Ingest.Uploads;
using OrganSeg.V1;

namespace OrganSeg.Ingest;

/// <summary>Translates between gRPC and the uploads.</summary>
internal sealed class UploadApi(UploadStore uploads, IOptions<IngestOptions> options, TimeProvider time) : UploadService.UploadServiceBase
{
    // Flushes are shared by what comes within this time, or by so many bytes.
    private const long GroupBytes = 4 << 20;
    private static readonly TimeSpan GroupTime = TimeSpan.FromMilliseconds(100);

    public override async Task<UploadState> BeginUpload(IAsyncStreamReader<BeginUploadRequest> requestStream, ServerCallContext context)
    {
        var files = new List<StoredFile>();
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            if (request.Header is { } header)
            {
                _ = ImportHeaders.ToPlan(header);
            }

            files.AddRange(UploadList.Check(request.Files, options.Value));
            if (files.Count > options.Value.MaxFiles)
            {
                throw OrganSegException.Invalid(
                    "files", $"are more than {options.Value.MaxFiles}, the most in one import; import them in parts.");
            }
        }

        if (files.Count == 0)
        {
            throw OrganSegException.Invalid("files", "are missing; name at least one image and its label map.");
        }

        await using var upload = await uploads.BeginAsync(UploadList.Of(files), context.CancellationToken);
        return await StateAsync(upload, files, context.CancellationToken);
    }

    public override async Task AppendUpload(
        IAsyncStreamReader<AppendUploadRequest> requestStream,
        IServerStreamWriter<AppendUploadResponse> responseStream,
        ServerCallContext context)
    {
        var token = context.CancellationToken;
        if (!await requestStream.MoveNext(token))
        {
            throw OrganSegException.Invalid("upload", "is missing; name it in the first message.");
        }

        await using var upload = await uploads.LeaseAsync(requestStream.Current.Upload, token);
        try
        {
            await AppendAsync(upload, requestStream, responseStream, token);
        }
        catch
        {
            // What came before the connection broke need not come again. It was not acknowledged, so it may fail.
            await upload.CommitAsync(CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    public override async Task<UploadState> GetUpload(GetUploadRequest request, ServerCallContext context)
    {
        await using var upload = await uploads.LeaseAsync(request.Upload, context.CancellationToken);
        return await StateAsync(upload, upload.List.Files, context.CancellationToken);
    }

    public override async Task<DeleteUploadResponse> DeleteUpload(DeleteUploadRequest request, ServerCallContext context)
    {
        await uploads.DeleteAsync(request.Upload, context.CancellationToken);
        return new DeleteUploadResponse();
    }

    /// <summary>Takes chunks, flushes them in groups, and acknowledges each group after that.</summary>
    private async Task AppendAsync(
        UploadLease upload,
        IAsyncStreamReader<AppendUploadRequest> requests,
        IServerStreamWriter<AppendUploadResponse> responses,
        CancellationToken cancellationToken)
    {
        var received = 0L;
        var waitingBytes = 0L;
        var groupEnds = Task.CompletedTask;
        Task<bool> next;
        do
        {
            if (requests.Current.Chunk is { } chunk)
            {
                await upload.AppendAsync(chunk, cancellationToken);
                received++;
                groupEnds = waitingBytes > 0 ? groupEnds : Task.Delay(GroupTime, time, cancellationToken);
                waitingBytes += chunk.Data.Length;
            }

            next = requests.MoveNext(cancellationToken);
            if (waitingBytes >= GroupBytes || (waitingBytes > 0 && await Task.WhenAny(next, groupEnds) == groupEnds))
            {
                await AcknowledgeAsync();
            }
        }
        while (await next);

        if (waitingBytes > 0)
        {
            await AcknowledgeAsync();
        }

        async Task AcknowledgeAsync()
        {
            await upload.CommitAsync(cancellationToken);
            waitingBytes = 0;
            await responses.WriteAsync(new AppendUploadResponse { Chunks = received }, cancellationToken);
        }
    }

    private static async Task<UploadState> StateAsync(
        UploadLease upload, IReadOnlyList<StoredFile> files, CancellationToken cancellationToken)
    {
        var durable = await upload.DurableAsync(files, cancellationToken);
        return new UploadState
        {
            Upload = upload.List.Id,
            Files = files.Count,
            Bytes = files.Sum(file => file.Length),
            DurableBytes = durable.Sum(),
            Durable = { durable },
            ExpiresAt = Timestamp.FromDateTimeOffset(upload.ExpiresAt),
        };
    }
}
