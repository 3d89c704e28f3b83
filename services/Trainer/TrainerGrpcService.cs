using Grpc.Core;
using OrganSeg.Trainer.Runs;
using OrganSeg.Trainer.Specifications;
using OrganSeg.V1;

namespace OrganSeg.Trainer;

/// <summary>Translates <c>organseg.v1.TrainerService</c> into <see cref="RunService"/>.</summary>
internal sealed class TrainerGrpcService(RunService service, IHostApplicationLifetime lifetime) : TrainerService.TrainerServiceBase
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

    public override async Task<ListRunsResponse> ListRuns(ListRunsRequest request, ServerCallContext context)
    {
        var response = new ListRunsResponse();
        await foreach (var run in service.ListAsync(context.CancellationToken))
        {
            response.Runs.Add(RunMessages.Of(run));
        }

        return response;
    }
}
