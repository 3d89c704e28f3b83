using Microsoft.Extensions.Options;
using OrganSeg.Storage;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// Reads a version from the store and makes it ready. Only what the version's certificates speak for is served, and an
/// 8-bit form only after it has computed its certificate's vectors rightly here; where it does not, the one with seven bits
/// is tried, and float32, where the version has it, is served at last.
/// </summary>
internal sealed partial class ModelLoader(
    ModelCatalogue catalogue,
    ModelCertificates certificates,
    ModelVariants variants,
    IOptions<InferenceOptions> options,
    ILogger<ModelLoader> logger)
{
    private readonly InferenceOptions _options = options.Value;

    /// <summary>Threads one run uses.</summary>
    public int Threads => _options.Threads > 0 ? _options.Threads : Environment.ProcessorCount;

    /// <param name="document">The version.</param>
    /// <param name="variant">float32, or int8 for the best 8-bit form that works.</param>
    /// <exception cref="OrganSegException">No form of it can be served; the message says why.</exception>
    public async Task<OnnxModel> LoadAsync(ModelDocument document, string variant)
    {
        // Each loading is another chance: what was wrong may have been mended.
        variants.Forget(document, ModelVariants.Float32);
        try
        {
            var parity = await certificates.CheckParityAsync(document);
            if (variant != ModelVariants.Float32 && await TryQuantizedAsync(document, parity) is { } quantized)
            {
                return quantized;
            }

            if (!ModelVariants.HasFloat32(document))
            {
                throw Unservable(document);
            }

            var onnx = await catalogue.ReadFileAsync(document, ModelVariants.Float32File, CancellationToken.None);
            return OnnxModel.Load(document, ModelVariants.Float32, onnx, Threads, _options.MaxBatch);
        }
        catch (OrganSegException error) when (IsLasting(error))
        {
            variants.Refuse(document, ModelVariants.Float32, error.Message);
            throw;
        }
    }

    /// <summary>Whether the version itself is at fault, rather than a store that cannot be reached.</summary>
    private static bool IsLasting(OrganSegException error) =>
        error.Kind is ErrorKind.Corrupt or ErrorKind.Invalid or ErrorKind.Missing;

    private OrganSegException Unservable(ModelDocument document)
    {
        var reasons = ModelVariants.Of(document)
            .Select(form => (form.Name, Reason: variants.Refusal(document, form.Name)))
            .Where(form => form.Reason is not null)
            .Select(form => $"{form.Name}: {form.Reason}");
        return new(
            ErrorKind.Corrupt,
            $"{document.Reference} has no {ModelVariants.Float32File}, and no other form of it can be served here. {string.Join(' ', reasons)}".TrimEnd());
    }

    private async Task<OnnxModel?> TryQuantizedAsync(ModelDocument document, ParityCertificate parity)
    {
        var names = ModelVariants.Of(document).Select(form => form.Name).Where(name => name != ModelVariants.Float32).ToList();
        names.ForEach(name => variants.Forget(document, name));
        foreach (var name in names)
        {
            try
            {
                return await LoadQuantizedAsync(document, name, parity);
            }
            catch (OrganSegException error) when (IsLasting(error))
            {
                variants.Refuse(document, name, error.Message);
                LogFallsBack(document.Model, document.Version, name, error.Message);
            }
        }

        return null;
    }

    private async Task<OnnxModel> LoadQuantizedAsync(ModelDocument document, string name, ParityCertificate parity)
    {
        var form = await certificates.CheckAsync(document, name, parity);
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
