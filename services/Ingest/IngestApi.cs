using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Options;
using OrganSeg.Ingest.Auditing;
using OrganSeg.Ingest.Export;
using OrganSeg.Ingest.Import;
using OrganSeg.Ingest.Spooling;
using OrganSeg.Ingest.Uploads;
using OrganSeg.Storage;
using OrganSeg.V1;

namespace OrganSeg.Ingest;

/// <summary>Translates between gRPC and the importer.</summary>
internal sealed class IngestApi(
    DatasetImporter importer,
    ImportAudit audit,
    ImportLog log,
    DatasetExporter exporter,
    UploadStore uploads,
    DatasetCatalogue catalogue,
    SpoolFolder spools,
    IOptions<IngestOptions> options,
    TimeProvider time)
    : IngestService.IngestServiceBase
{
    private const int ChunkBytes = 256 << 10;
    private const int DefaultImports = 100;
    private const int MostImports = 10_000;

    public override async Task Import(
        IAsyncStreamReader<ImportRequest> requestStream,
        IServerStreamWriter<ImportResponse> responseStream,
        ServerCallContext context)
    {
        var upload = new UploadReader(requestStream, options.Value, spools);
        var header = await upload.ReadHeaderAsync(context.CancellationToken);
        var plan = ImportHeaders.ToPlan(header);
        await using var stored = header.Upload.Length > 0 ? await uploads.LeaseAsync(header.Upload, context.CancellationToken) : null;
        if (stored is not null)
        {
            await upload.ReadEndAsync(context.CancellationToken);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        var progress = new ImportProgress();
        var import = audit.RunAsync(
            plan,
            ImportCaller.Of(context),
            () => importer.ImportAsync(plan, stored?.ReadAsync(stop.Token) ?? upload.ReadFilesAsync(stop.Token), progress, stop.Token),
            progress,
            stop.Token);
        try
        {
            await PublishAsync(progress, responseStream, import, context.CancellationToken);
        }
        finally
        {
            // When nobody listens any more, the import must end before the call does: it reads the call's stream.
            if (!import.IsCompleted)
            {
                await stop.CancelAsync();
                await ((Task)import).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        var manifest = await import;
        await responseStream.WriteAsync(
            new ImportResponse { Dataset = manifest.ToMessage() }, context.CancellationToken);
        if (stored is not null)
        {
            await stored.DeleteAsync();
        }
    }

    public override async Task<ListDatasetsResponse> ListDatasets(ListDatasetsRequest request, ServerCallContext context)
    {
        var response = new ListDatasetsResponse();
        await foreach (var manifest in catalogue.ListAsync(context.CancellationToken))
        {
            response.Datasets.Add(manifest.ToMessage());
        }

        return response;
    }

    public override async Task<Dataset> GetDataset(GetDatasetRequest request, ServerCallContext context) =>
        (await catalogue.GetAsync(request.Dataset, context.CancellationToken)).ToMessage();

    public override async Task<ListImportsResponse> ListImports(ListImportsRequest request, ServerCallContext context)
    {
        if (request.Limit > MostImports)
        {
            throw OrganSegException.Invalid("limit", $"is {request.Limit}; at most {MostImports} are listed.");
        }

        if (request.Dataset.Length > 0)
        {
            Names.Check(request.Dataset, "dataset");
        }

        var records = await log.ListAsync(
            request.Dataset.Length > 0 ? request.Dataset : null,
            request.Limit > 0 ? (int)request.Limit : DefaultImports,
            context.CancellationToken);
        return new ListImportsResponse { Imports = { records.Select(record => record.ToMessage()) } };
    }

    public override async Task GetQualityReport(
        GetQualityReportRequest request, IServerStreamWriter<ExportChunk> responseStream, ServerCallContext context)
    {
        var manifest = await catalogue.GetAsync(request.Dataset, context.CancellationToken);
        await SendAsync(exporter.ReadQualityAsync(manifest, request.File, context.CancellationToken), responseStream, context.CancellationToken);
    }

    public override async Task ExportDataset(
        ExportDatasetRequest request, IServerStreamWriter<ExportChunk> responseStream, ServerCallContext context)
    {
        var manifest = await catalogue.GetAsync(request.Dataset, context.CancellationToken);
        await SendAsync(exporter.ExportAsync(manifest, request.Format, context.CancellationToken), responseStream, context.CancellationToken);
    }

    private static async Task SendAsync(
        IAsyncEnumerable<ExportedFile> files, IServerStreamWriter<ExportChunk> responses, CancellationToken cancellationToken)
    {
        await foreach (var file in files.WithCancellation(cancellationToken))
        {
            var offset = 0;
            do
            {
                var piece = file.Content.Slice(offset, Math.Min(ChunkBytes, file.Content.Length - offset));
                offset += piece.Length;
                var chunk = new ExportChunk
                {
                    Name = file.Name,
                    Data = UnsafeByteOperations.UnsafeWrap(piece),
                    Last = offset == file.Content.Length,
                };
                await responses.WriteAsync(chunk, cancellationToken);
            }
            while (offset < file.Content.Length);
        }
    }

    /// <summary>Sends what has changed at a modest rate, and where each stage ended.</summary>
    private async Task PublishAsync(
        ImportProgress progress,
        IServerStreamWriter<ImportResponse> responses,
        Task import,
        CancellationToken cancellationToken)
    {
        var sent = new Dictionary<StageProgress, (long Done, long Total)>();
        using var timer = new PeriodicTimer(
            TimeSpan.FromMilliseconds(options.Value.ProgressIntervalMilliseconds), time);
        for (var ended = false; !ended;)
        {
            await Task.WhenAny(import, timer.WaitForNextTickAsync(cancellationToken).AsTask());
            cancellationToken.ThrowIfCancellationRequested();
            ended = import.IsCompleted;
            foreach (var stage in import.IsFaulted || import.IsCanceled ? [] : progress.Stages)
            {
                var state = (stage.Done, stage.Total);
                if (state != default && state != sent.GetValueOrDefault(stage))
                {
                    sent[stage] = state;
                    await responses.WriteAsync(
                        new ImportResponse
                        {
                            Progress = new Progress
                            {
                                Stage = stage.Stage,
                                Done = state.Done,
                                Total = state.Total,
                                Unit = stage.Unit,
                            },
                        },
                        cancellationToken);
                }
            }
        }
    }
}
