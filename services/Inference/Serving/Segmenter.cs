using Microsoft.Extensions.Options;
using OrganSeg.Imaging;
using OrganSeg.Storage;
using OrganSeg.V1;

namespace OrganSeg.Inference.Serving;

/// <summary>One request in, one answer out: name, model, pixels, run, and the way back to the slice's own size.</summary>
internal sealed class Segmenter(ModelRouter router, IOptions<InferenceOptions> options, InferenceTelemetry telemetry)
{
    private readonly int _maxSide = options.Value.MaxSide;

    /// <param name="request">The slice.</param>
    /// <param name="model">Alias, model or <c>model@version</c>.</param>
    /// <param name="variant">float32, int8 or auto; empty means the service's default.</param>
    /// <param name="route">Who answers; null where this request is to decide it.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="OrganSegException">What was wrong, with the field, model or limit.</exception>
    public async Task<SegmentSliceResponse> SegmentAsync(
        SegmentSliceRequest request, string model, string variant, ModelRoute? route, Caller caller, CancellationToken cancellationToken)
    {
        ModelDocument? document = null;
        try
        {
            if (model.Length == 0)
            {
                throw OrganSegException.Invalid("model", "is missing; give an alias, a model or model@version.");
            }

            LabelEncoding.Check(request.Format);
            var answer = await router.RunAsync(
                route ?? await router.ChooseAsync(model, cancellationToken),
                variant,
                (lease, tap) =>
                {
                    document = lease.Document;
                    return SegmentAsync(request, lease.Runner, tap, caller, cancellationToken);
                },
                cancellationToken);
            telemetry.CountRequest(document, InferenceTelemetry.Ok, answer.Variant);
            return answer;
        }
        catch (OrganSegException error)
        {
            telemetry.CountRequest(document, error.Kind.ToString());
            throw;
        }
        catch (OperationCanceledException)
        {
            telemetry.CountRequest(document, nameof(ErrorKind.Cancelled));
            throw;
        }
    }

    private async Task<SegmentSliceResponse> SegmentAsync(
        SegmentSliceRequest request, ModelRunner runner, ShadowTap tap, Caller caller, CancellationToken cancellationToken)
    {
        await runner.CheckRoomAsync(caller, cancellationToken);
        var source = SliceDecoder.Decode(request, _maxSide);
        var response = new SegmentSliceResponse
        {
            Id = request.Id,
            Model = runner.Document.Model,
            ModelVersion = runner.Document.Version,
            Variant = runner.Variant,
        };
        var labels = request.Confidence
            ? await SegmentAsync(source, runner, caller, response, cancellationToken)
            : await runner.SegmentAsync(source, spacing: null, caller, cancellationToken);
        tap.Show(runner, source, spacing: null, labels);
        LabelEncoding.Put(response, labels, request.Format);
        return response;
    }

    private static async Task<ByteImage> SegmentAsync(
        ByteImage source, ModelRunner runner, Caller caller, SegmentSliceResponse response, CancellationToken cancellationToken)
    {
        var found = await new SoftSegmenter(runner, augments: false).SegmentAsync(source, spacing: null, caller, cancellationToken);
        var tally = new ConfidenceTally(runner.Document.LabelSchema);
        tally.Add(found);
        response.Confidences.AddRange(tally.Organs());
        return runner.Preprocessor.LabelsToSource(found.Labels, source.Width, source.Height);
    }
}
