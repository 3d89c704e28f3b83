using Grpc.Core;
using Microsoft.Extensions.Options;
using OrganSeg.Inference.Serving;
using OrganSeg.V1;

namespace OrganSeg.Inference.Rpc;

/// <summary>The gRPC surface: translates between messages and the parts that do the work.</summary>
internal sealed class InferenceGrpc(
    Segmenter segmenter, VolumeSegmenter volumes, ModelRouter router, ModelAdministration models, ModelVariants variants, IOptions<InferenceOptions> options)
    : InferenceService.InferenceServiceBase
{
    public override Task<SegmentSliceResponse> SegmentSlice(SegmentSliceRequest request, ServerCallContext context) =>
        segmenter.SegmentAsync(request, request.Model, request.Variant, route: null, Caller.Of(context), context.CancellationToken);

    public override Task SegmentSlices(
        IAsyncStreamReader<SegmentSliceRequest> requestStream,
        IServerStreamWriter<SegmentSliceResponse> responseStream,
        ServerCallContext context) =>
        new SliceStream(segmenter, router, options.Value.StreamWindow, Caller.Of(context).Client).RunAsync(requestStream, responseStream, context.CancellationToken);

    public override Task SegmentVolume(
        IAsyncStreamReader<SegmentVolumeRequest> requestStream,
        IServerStreamWriter<SegmentVolumeResponse> responseStream,
        ServerCallContext context) =>
        new VolumeStream(volumes, Caller.Of(context).Client).RunAsync(requestStream, responseStream, context.CancellationToken);

    public override async Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context)
    {
        var (documents, aliases) = await models.ListAsync(context.CancellationToken);
        var response = new ListModelsResponse();
        response.Models.AddRange(documents.Select(document => ModelMessages.ToMessage(document, aliases, variants)));
        response.Aliases.AddRange(aliases.Select(ModelMessages.ToMessage));
        return response;
    }

    public override async Task<Model> GetModel(GetModelRequest request, ServerCallContext context)
    {
        var (document, aliases) = await models.GetAsync(request.Name, context.CancellationToken);
        return ModelMessages.ToMessage(document, aliases, variants);
    }

    public override async Task<ModelCard> GetModelCard(GetModelCardRequest request, ServerCallContext context)
    {
        var (document, card) = await models.GetCardAsync(request.Name, context.CancellationToken);
        return new ModelCard { Model = document.Model, Version = document.Version, Markdown = card };
    }

    public override async Task<Alias> Promote(PromoteRequest request, ServerCallContext context) =>
        ModelMessages.ToMessage(await models.PromoteAsync(request.Alias, request.Model, context.CancellationToken));

    public override async Task<Alias> SetCanary(SetRolloutRequest request, ServerCallContext context) =>
        ModelMessages.ToMessage(await models.SetCanaryAsync(request.Alias, request.Model, request.Share, context.CancellationToken));

    public override async Task<Alias> SetShadow(SetRolloutRequest request, ServerCallContext context) =>
        ModelMessages.ToMessage(await models.SetShadowAsync(request.Alias, request.Model, request.Share, context.CancellationToken));

    public override async Task<Alias> RollBack(RollBackRequest request, ServerCallContext context) =>
        ModelMessages.ToMessage(await models.RollBackAsync(request.Alias, context.CancellationToken));
}
