using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Terminal;
using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>Sends a file of weights to the Trainer and waits for the model made of it.</summary>
internal static class WeightsImporter
{
    private const int ChunkBytes = 256 << 10;

    /// <summary>Imports one file. A lost connection starts it again: the same file gives the version that is there.</summary>
    public static Task<ImportedModel> RunAsync(
        ServiceConnection services, ImportModelHeader header, string path, IProgressBoard board,
        CancellationToken cancellationToken) =>
        services.Retry.RunAsync("trainer", _ => ImportAsync(services, header, path, board, cancellationToken), cancellationToken);

    private static async Task<ImportedModel> ImportAsync(
        ServiceConnection services, ImportModelHeader header, string path, IProgressBoard board,
        CancellationToken cancellationToken)
    {
        using var call = services.Trainer.ImportModel(services.Call(ServiceConnection.Long, cancellationToken));
        return await Upload.RunAsync(
            call,
            (requests, token) => SendAsync(requests, header, path, board, token),
            responses => ReceiveAsync(responses, board, cancellationToken),
            cancellationToken);
    }

    private static async Task SendAsync(
        IClientStreamWriter<ImportModelRequest> requests, ImportModelHeader header, string path, IProgressBoard board,
        CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        header.Bytes = (ulong)file.Length;
        await requests.SendAsync(new ImportModelRequest { Header = header }, cancellationToken);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var length = file.Length;
        for (var sent = 0L; sent < length;)
        {
            // The message keeps the array, so each chunk has its own.
            var data = new byte[Math.Min(ChunkBytes, length - sent)];
            await file.ReadExactlyAsync(data, cancellationToken);
            hash.AppendData(data);
            sent += data.Length;
            var chunk = new WeightsChunk { Data = UnsafeByteOperations.UnsafeWrap(data) };
            if (sent == length)
            {
                chunk.Sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
            }

            await requests.SendAsync(new ImportModelRequest { Chunk = chunk }, cancellationToken);
            board.Report("sending", sent, length, "bytes");
        }

        await requests.CompleteAsync();
    }

    private static async Task<ImportedModel> ReceiveAsync(
        IAsyncStreamReader<ImportModelResponse> responses, IProgressBoard board, CancellationToken cancellationToken)
    {
        ImportedModel? model = null;
        string? stage = null;
        while (await responses.MoveNext(cancellationToken))
        {
            var response = responses.Current;
            model = response.Model ?? model;
            if (response.Progress is not { } progress)
            {
                continue;
            }

            // A stage without units of its own is over when the next begins.
            if (stage is not null && stage != progress.Stage)
            {
                board.Report(stage, 1, 1);
            }

            stage = progress.Unit == "model" ? progress.Stage : null;
            board.Report(progress.Stage, progress.Done, progress.Total, progress.Unit == "model" ? "" : progress.Unit);
        }

        if (stage is not null && model is not null)
        {
            board.Report(stage, 1, 1);
        }

        return model ?? throw new OrganSegException(ErrorKind.Dependency, "trainer ended without a model");
    }
}
