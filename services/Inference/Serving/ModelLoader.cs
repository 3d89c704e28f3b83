using Microsoft.Extensions.Options;
using OrganSeg.Storage;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// Reads a version from the store and makes it ready. An 8-bit form is served only after it has computed its certificate's
/// vectors rightly here; where it does not, the one with seven bits is tried, and float32 is served at last.
/// </summary>
internal sealed partial class ModelLoader(
    ModelCatalogue catalogue, ModelVariants variants, IOptions<InferenceOptions> options, ILogger<ModelLoader> logger)
{
    private readonly InferenceOptions _options = options.Value;

    /// <summary>Threads one run uses.</summary>
    public int Threads => _options.Threads > 0 ? _options.Threads : Environment.ProcessorCount;

    /// <param name="document">The version.</param>
    /// <param name="variant">float32, or int8 for the best 8-bit form that works.</param>
    /// <exception cref="OrganSegException">float32 cannot be served; the message says why.</exception>
    public async Task<OnnxModel> LoadAsync(ModelDocument document, string variant)
    {
        if (variant != ModelVariants.Float32)
        {
            foreach (var (name, _) in ModelVariants.Of(document).Where(form => form.Name != ModelVariants.Float32))
            {
                try
                {
                    return await LoadQuantizedAsync(document, name);
                }
                catch (OrganSegException error) when (error.Kind is ErrorKind.Corrupt or ErrorKind.Invalid or ErrorKind.Missing)
                {
                    variants.Refuse(document, name, error.Message);
                    LogFallsBack(document.Model, document.Version, name, error.Message);
                }
            }
        }

        var onnx = await catalogue.ReadFileAsync(document, ModelVariants.Float32File, CancellationToken.None);
        return OnnxModel.Load(document, ModelVariants.Float32, onnx, Threads, _options.MaxBatch);
    }

    private async Task<OnnxModel> LoadQuantizedAsync(ModelDocument document, string name)
    {
        var json = await catalogue.ReadFileAsync(document, QuantizationCertificate.File, CancellationToken.None);
        var certificate = QuantizationCertificate.FromJson(json);
        var form = certificate.Variants.FirstOrDefault(form => form.Name == name)
            ?? throw new OrganSegException(ErrorKind.Corrupt, $"{QuantizationCertificate.File} says nothing of {name}.");
        var onnx = await catalogue.ReadFileAsync(document, form.File, CancellationToken.None);
        var model = OnnxModel.Load(document, name, onnx, Threads, _options.MaxBatch);
        try
        {
            var error = form.Vectors.Max(vector => vector.Error(model.Logits(vector.Grey, vector.Height, vector.Width)));
            return error <= form.VectorTolerance ? model : throw new OrganSegException(
                ErrorKind.Corrupt,
                FormattableString.Invariant($"It does not compute on this processor what its certificate says: error {error:G3}, allowed {form.VectorTolerance:G3}."));
        }
        catch (Exception error)
        {
            model.Dispose();
            throw error is OrganSegException ? error : new OrganSegException(
                ErrorKind.Corrupt, $"The vectors of {QuantizationCertificate.File} cannot be run.", error);
        }
    }

    [LoggerMessage(3004, LogLevel.Warning, "{Model}@{Version}: {Variant} is not served here. {Reason}")]
    private partial void LogFallsBack(string model, string version, string variant, string reason);
}
