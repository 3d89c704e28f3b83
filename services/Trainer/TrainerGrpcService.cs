using Grpc.Core;
using Microsoft.Extensions.Options;
using OrganSeg.Trainer.Import;
using OrganSeg.Trainer.Quantization;
using OrganSeg.Trainer.Runs;
using OrganSeg.Trainer.Specifications;
using OrganSeg.V1;

namespace OrganSeg.Trainer;

/// <summary>Translates <c>organseg.v1.TrainerService</c> into <see cref="RunService"/>, <see cref="ModelImporter"/> and <see cref="ModelQuantization"/>.</summary>
internal sealed class TrainerGrpcService(
    RunService service,
    ModelImporter importer,
    ModelQuantization quantization,
    IOptions<TrainerOptions> options,
    IHostApplicationLifetime lifetime)
    : TrainerService.TrainerServiceBase
{
    public override async Task<Run> StartRun(StartRunRequest request, ServerCallContext context)
    {
        var spec = SpecificationReader.Read(request.Dataset, request.Architecture, request.Model, request.Settings);
        return RunMessages.Of(await service.StartAsync(spec, context.CancellationToken));
    }

    public override async Task WatchRun(
        WatchRunRequest request, IServerStreamWriter<RunEvent> responseStream, ServerCallContext context)
    {
        // A watcher would keep a stopping server waiting; it comes back with what it has seen.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        var run = await service.GetAsync(request.RunId, end.Token);
        var skip = (long)Math.Min(request.Skip, long.MaxValue);
        await foreach (var entry in service.WatchAsync(request.RunId, skip, end.Token))
        {
            await responseStream.WriteAsync(RunMessages.Of(entry, run), end.Token);
        }
    }

    public override async Task<Run> CancelRun(CancelRunRequest request, ServerCallContext context) =>
        RunMessages.Of(await service.CancelAsync(request.RunId, context.CancellationToken));

    public override async Task<Run> ResumeRun(ResumeRunRequest request, ServerCallContext context) =>
        RunMessages.Of(await service.ResumeAsync(request.RunId, context.CancellationToken));

    public override async Task<Run> GetRun(GetRunRequest request, ServerCallContext context) =>
        RunMessages.Of(await service.GetAsync(request.RunId, context.CancellationToken));

    public override async Task ImportModel(
        IAsyncStreamReader<ImportModelRequest> requestStream,
        IServerStreamWriter<ImportModelResponse> responseStream,
        ServerCallContext context)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        var upload = new WeightsUpload(requestStream, options.Value);
        var plan = ImportPlan.Of(await upload.ReadHeaderAsync(end.Token));
        await using var progress = new ImportProgress(responseStream, end.Token);
        using var spool = new WeightsSpool(options.Value.SpoolPath);
        var sha256 = await upload.ReceiveAsync(spool, progress, end.Token);
        var model = await importer.ImportAsync(plan, spool, sha256, progress, end.Token);
        await progress.EndAsync();
        await responseStream.WriteAsync(new ImportModelResponse { Model = model }, end.Token);
    }

    public override async Task QuantizeModel(
        QuantizeModelRequest request, IServerStreamWriter<QuantizeModelResponse> responseStream, ServerCallContext context)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        await foreach (var response in quantization.RunAsync(request, end.Token))
        {
            await responseStream.WriteAsync(response, end.Token);
        }
    }

    public override async Task<ListRunsResponse> ListRuns(ListRunsRequest request, ServerCallContext context)
    {
        var response = new ListRunsResponse();
        var runs = await service.ListAsync(context.CancellationToken).ToListAsync(context.CancellationToken);
        response.Runs.Add(runs.Select(RunMessages.Of));
        var messages = response.Runs.ToDictionary(run => run.RunId, StringComparer.Ordinal);
        var position = 0u;
        foreach (var run in RunOwnership.InLine(runs.Where(run => run.State == Storage.RunState.Queued)))
        {
            messages[run.RunId].QueuePosition = ++position;
        }

        return response;
    }
}
