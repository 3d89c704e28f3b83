using Google.Protobuf;
using Microsoft.Extensions.Options;
using OrganSeg.Storage;
using OrganSeg.V1;

namespace OrganSeg.Inference.Serving;

/// <summary>One request in, one answer out: name, model, pixels, run, and the way back to the slice's own size.</summary>
internal sealed class Segmenter(ModelPool pool, IOptions<InferenceOptions> options, InferenceTelemetry telemetry)
{
    private readonly int _maxSide = options.Value.MaxSide;

    /// <param name="request">The slice.</param>
    /// <param name="model">Alias, model or <c>model@version</c>.</param>
    /// <param name="variant">float32, int8 or auto; empty means the service's default.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="OrganSegException">What was wrong, with the field, model or limit.</exception>
    public async Task<SegmentSliceResponse> SegmentAsync(
        SegmentSliceRequest request, string model, string variant, Caller caller, CancellationToken cancellationToken)
    {
        ModelDocument? document = null;
        try
        {
            if (model.Length == 0)
            {
                throw OrganSegException.Invalid("model", "is missing; give an alias, a model or model@version.");
            }

            using var lease = await pool.AcquireAsync(model, variant, cancellationToken);
            document = lease.Document;
            var source = SliceDecoder.Decode(request, _maxSide);
            var labels = await lease.Runner.SegmentAsync(source, spacing: null, caller, cancellationToken);
            telemetry.CountRequest(document, InferenceTelemetry.Ok, lease.Runner.Variant);
            return new SegmentSliceResponse
            {
                Id = request.Id,
                Labels = new Raster
                {
                    Width = (uint)labels.Width,
                    Height = (uint)labels.Height,
                    // The label map was made for this answer and is not touched again.
                    Pixels = UnsafeByteOperations.UnsafeWrap(labels.Pixels),
                },
                Model = document.Model,
                ModelVersion = document.Version,
                Variant = lease.Runner.Variant,
            };
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
}
