using Google.Protobuf;
using Grpc.Core;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Terminal;
using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>Sends files to Ingest and waits for the sealed dataset.</summary>
internal static class Importer
{
    private const int ChunkBytes = 256 << 10;

    /// <summary>Imports one dataset version. A lost connection starts it again: nothing is visible before it is sealed,
    /// and equal content seals to the same version.</summary>
    public static Task<Dataset> RunAsync(
        ServiceConnection services, ImportHeader header, IReadOnlyList<ImportFile> files, IProgressBoard board,
        CancellationToken cancellationToken) =>
        services.Retry.RunAsync("ingest", _ => ImportAsync(services, header, files, board, cancellationToken), cancellationToken);

    private static async Task<Dataset> ImportAsync(
        ServiceConnection services, ImportHeader header, IReadOnlyList<ImportFile> files, IProgressBoard board,
        CancellationToken cancellationToken)
    {
        using var call = services.Ingest.Import(services.Call(ServiceConnection.Long, cancellationToken));
        return await Upload.RunAsync(
            call,
            (requests, token) => SendAsync(requests, header, files, board, token),
            responses => ReceiveAsync(responses, board, cancellationToken),
            cancellationToken);
    }

    private static async Task SendAsync(
        IClientStreamWriter<ImportRequest> requests, ImportHeader header, IReadOnlyList<ImportFile> files,
        IProgressBoard board, CancellationToken cancellationToken)
    {
        await requests.SendAsync(new ImportRequest { Header = header }, cancellationToken);
        for (var i = 0; i < files.Count; i++)
        {
            await SendAsync(requests, files[i], cancellationToken);
            board.Report("sending", i + 1, files.Count, "files");
        }

        await requests.CompleteAsync();
    }

    private static async Task SendAsync(
        IClientStreamWriter<ImportRequest> requests, ImportFile file, CancellationToken cancellationToken)
    {
        await using var content = File.OpenRead(file.Path);
        var left = content.Length;
        do
        {
            // The message keeps the array, so each chunk has its own.
            var chunk = new byte[Math.Min(ChunkBytes, left)];
            await content.ReadExactlyAsync(chunk, cancellationToken);
            left -= chunk.Length;
            var request = new ImportRequest
            {
                Chunk = new FileChunk
                {
                    Role = file.Role,
                    Name = file.Name,
                    Data = UnsafeByteOperations.UnsafeWrap(chunk),
                    Last = left == 0,
                },
            };
            await requests.SendAsync(request, cancellationToken);
        }
        while (left > 0);
    }

    private static Task<Dataset> ReceiveAsync(
        IAsyncStreamReader<ImportResponse> responses, IProgressBoard board, CancellationToken cancellationToken) =>
        Answers.ReadAsync(
            responses, answer => answer.Progress, answer => answer.Dataset, "ingest ended without a dataset", board, cancellationToken);
}
