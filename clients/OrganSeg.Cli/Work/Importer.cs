using System.Runtime.ExceptionServices;
using Grpc.Core;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Terminal;
using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>Sends files to Ingest and waits for the sealed dataset.</summary>
internal static class Importer
{
    private const int MaxLost = 3;

    /// <summary>Imports one dataset version. After a lost connection only what the service has not got is sent again, and the
    /// import starts again: nothing is visible before it is sealed, and equal content seals to the same version.</summary>
    public static async Task<Dataset> RunAsync(
        ServiceConnection services, ImportHeader header, IReadOnlyList<ImportFile> files, IProgressBoard board,
        CancellationToken cancellationToken)
    {
        if (files.Count == 0)
        {
            return await services.Retry.RunAsync("ingest", _ => ImportAsync(services, header, board, cancellationToken), cancellationToken);
        }

        var sender = new UploadSender(services, header, files, await UploadFiles.DescribeAsync(files, board, cancellationToken), board);
        return await services.Retry.RunAsync(
            "ingest",
            async advanced =>
            {
                RpcException? failure = null;
                for (var lost = 0; ; lost++)
                {
                    var (upload, hasSent) = await sender.SendAsync(advanced, cancellationToken);
                    if (failure is not null && !hasSent)
                    {
                        // It had everything all the time: it means something else.
                        ExceptionDispatchInfo.Throw(failure);
                    }

                    try
                    {
                        return await ImportAsync(services, new ImportHeader(header) { Upload = upload }, board, cancellationToken);
                    }
                    catch (RpcException error) when (IsUploadLost(error) && lost < MaxLost)
                    {
                        failure = error;
                    }
                }
            },
            cancellationToken);
    }

    /// <summary>Whether the service may have no longer what it had: it came back with another disk, the disk is damaged, or another
    /// replica answers.</summary>
    private static bool IsUploadLost(RpcException error) =>
        error.StatusCode is StatusCode.NotFound or StatusCode.FailedPrecondition or StatusCode.DataLoss;

    private static async Task<Dataset> ImportAsync(
        ServiceConnection services, ImportHeader header, IProgressBoard board, CancellationToken cancellationToken)
    {
        using var call = services.Ingest.Import(services.Call(ServiceConnection.Long, cancellationToken));
        return await Upload.RunAsync(
            call,
            async (requests, token) =>
            {
                await requests.SendAsync(new ImportRequest { Header = header }, token);
                await requests.CompleteAsync();
            },
            responses => Answers.ReadAsync(
                responses, answer => answer.Progress, answer => answer.Dataset, "ingest ended without a dataset", board, cancellationToken),
            cancellationToken);
    }
}
