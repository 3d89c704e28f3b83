using Grpc.Core;
using OrganSeg.Inference.Serving;
using OrganSeg.OpenInference;

namespace OrganSeg.Inference.OpenInference;

/// <summary>The gRPC form of the Open Inference Protocol.</summary>
internal sealed class OpenInferenceGrpc(
    OpenInferenceServer server, ModelRepository repository, ModelInspection inspection, InferStream stream)
    : GRPCInferenceService.GRPCInferenceServiceBase
{
    public override Task<ServerLiveResponse> ServerLive(ServerLiveRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerLiveResponse { Live = true });

    public override async Task<ServerReadyResponse> ServerReady(ServerReadyRequest request, ServerCallContext context) =>
        new() { Ready = await repository.IsAnyReadyAsync(context.CancellationToken) };

    public override async Task<ModelReadyResponse> ModelReady(ModelReadyRequest request, ServerCallContext context) =>
        new() { Ready = await repository.IsReadyAsync(request.Name, request.Version, context.CancellationToken) };

    public override Task<ServerMetadataResponse> ServerMetadata(ServerMetadataRequest request, ServerCallContext context) =>
        Task.FromResult(OpenInferenceServer.Metadata);

    public override Task<ModelMetadataResponse> ModelMetadata(ModelMetadataRequest request, ServerCallContext context) =>
        server.DescribeAsync(request.Name, request.Version, context.CancellationToken);

    public override Task<ModelInferResponse> ModelInfer(ModelInferRequest request, ServerCallContext context) =>
        server.InferAsync(request, Caller.Of(context), context.CancellationToken);

    public override Task ModelStreamInfer(
        IAsyncStreamReader<ModelInferRequest> requestStream,
        IServerStreamWriter<ModelStreamInferResponse> responseStream,
        ServerCallContext context) =>
        stream.RunAsync(requestStream, responseStream, Caller.Of(context).Client, context.CancellationToken);

    public override Task<ModelConfigResponse> ModelConfig(ModelConfigRequest request, ServerCallContext context) =>
        inspection.ConfigureAsync(request.Name, request.Version, context.CancellationToken);

    public override Task<ModelStatisticsResponse> ModelStatistics(ModelStatisticsRequest request, ServerCallContext context) =>
        inspection.CountAsync(request.Name, request.Version, context.CancellationToken);

    public override Task<RepositoryIndexResponse> RepositoryIndex(RepositoryIndexRequest request, ServerCallContext context) =>
        repository.IndexAsync(request.RepositoryName, request.Ready, context.CancellationToken);

    public override async Task<RepositoryModelLoadResponse> RepositoryModelLoad(
        RepositoryModelLoadRequest request, ServerCallContext context)
    {
        await repository.LoadAsync(request.RepositoryName, request.ModelName, request.Parameters.AsReadOnly(), context.CancellationToken);
        return new RepositoryModelLoadResponse();
    }

    public override async Task<RepositoryModelUnloadResponse> RepositoryModelUnload(
        RepositoryModelUnloadRequest request, ServerCallContext context)
    {
        await repository.UnloadAsync(request.RepositoryName, request.ModelName, context.CancellationToken);
        return new RepositoryModelUnloadResponse();
    }
}
