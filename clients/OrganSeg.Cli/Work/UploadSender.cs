using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Terminal;
using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>Sends the files of an import to Ingest: those, and those parts, that it does not have yet.</summary>
internal sealed class UploadSender(
    ServiceConnection services, ImportHeader header, IReadOnlyList<ImportFile> files, IReadOnlyList<UploadFile> described, IProgressBoard board)
{
    // Files of up to the largest chunk must come in one.
    private const int ChunkBytes = 1 << 20;
    private const int NamesInMessage = 4096;

    /// <summary>Begins the upload or goes on with it, and sends what lacks.</summary>
    /// <param name="advanced">Is called when the service has taken something for good.</param>
    /// <param name="cancellationToken">Ends the sending.</param>
    /// <returns>What the complete upload goes by, and whether anything of it had to be sent.</returns>
    /// <exception cref="RpcException">The service went away, or says that something is wrong.</exception>
    public async Task<(string Upload, bool HasSent)> SendAsync(Action advanced, CancellationToken cancellationToken)
    {
        var state = await BeginAsync(cancellationToken);
        if (state.DurableBytes < state.Bytes)
        {
            await AppendAsync(state, advanced, cancellationToken);
        }

        board.Report("sending", files.Count, files.Count, "files");
        return (state.Upload, state.DurableBytes < state.Bytes);
    }

    private async Task<UploadState> BeginAsync(CancellationToken cancellationToken)
    {
        using var call = services.Uploads.BeginUpload(services.Call(ServiceConnection.Long, cancellationToken));
        try
        {
            await call.RequestStream.SendAsync(new BeginUploadRequest { Header = header }, cancellationToken);
            foreach (var names in described.Chunk(NamesInMessage))
            {
                await call.RequestStream.SendAsync(new BeginUploadRequest { Files = { names } }, cancellationToken);
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (Exception error) when (error is RpcException or InvalidOperationException)
        {
            // The service has closed the call; its answer says why.
        }

        return await call.ResponseAsync;
    }

    private async Task AppendAsync(UploadState state, Action advanced, CancellationToken cancellationToken)
    {
        // Of equal files one is enough.
        var missing = Enumerable.Range(0, files.Count)
            .Where(i => state.Durable[i] < described[i].Length)
            .DistinctBy(i => described[i].Sha256)
            .ToArray();

        // The number of the last chunk of each file, counted from 1.
        var ends = new long[missing.Length];
        var chunks = 0L;
        for (var i = 0; i < missing.Length; i++)
        {
            var left = described[missing[i]].Length - state.Durable[missing[i]];
            ends[i] = chunks += (left + ChunkBytes - 1) / ChunkBytes;
        }

        using var call = services.Uploads.AppendUpload(services.Call(ServiceConnection.Long, cancellationToken));
        await Upload.RunAsync(
            call,
            (requests, token) => WriteAsync(requests, state, missing, token),
            responses => AcknowledgedAsync(responses, ends, advanced, cancellationToken),
            cancellationToken);
    }

    private async Task WriteAsync(
        IClientStreamWriter<AppendUploadRequest> requests, UploadState state, int[] missing, CancellationToken cancellationToken)
    {
        await requests.SendAsync(new AppendUploadRequest { Upload = state.Upload }, cancellationToken);
        foreach (var i in missing)
        {
            await using var content = File.OpenRead(files[i].Path);
            content.Position = state.Durable[i];
            while (content.Position < described[i].Length)
            {
                var offset = content.Position;
                // The message keeps the array, so each chunk has its own.
                var data = new byte[Math.Min(ChunkBytes, described[i].Length - offset)];
                var read = await content.ReadAtLeastAsync(data, data.Length, throwOnEndOfStream: false, cancellationToken);
                if (read < data.Length)
                {
                    throw OrganSegException.Invalid(files[i].Name, "was changed while it was sent; run the command again.");
                }

                await requests.SendAsync(Chunk(described[i], offset, data), cancellationToken);
            }
        }

        await requests.CompleteAsync();
    }

    private static AppendUploadRequest Chunk(UploadFile file, long offset, byte[] data) => new()
    {
        Chunk = new UploadChunk
        {
            FileSha256 = file.Sha256,
            Offset = offset,
            Data = UnsafeByteOperations.UnsafeWrap(data),
            Sha256 = data.Length == file.Length ? ByteString.Empty : UnsafeByteOperations.UnsafeWrap(SHA256.HashData(data)),
        },
    };

    /// <summary>Reads acknowledgements to their end.</summary>
    private async Task<long> AcknowledgedAsync(
        IAsyncStreamReader<AppendUploadResponse> responses, long[] ends, Action advanced, CancellationToken cancellationToken)
    {
        var (chunks, sent) = (0L, 0);
        while (await responses.MoveNext(cancellationToken))
        {
            advanced();
            chunks = responses.Current.Chunks;
            while (sent < ends.Length && ends[sent] <= chunks)
            {
                sent++;
            }

            board.Report("sending", files.Count - ends.Length + sent, files.Count, "files");
        }

        return chunks;
    }
}
