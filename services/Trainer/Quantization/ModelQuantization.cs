using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using OrganSeg.Onnx.Quantization;
using OrganSeg.Storage;
using OrganSeg.V1;

namespace OrganSeg.Trainer.Quantization;

/// <summary>Quantizes models that are published already. Versions never change, so the result is a new one.</summary>
internal sealed class ModelQuantization(
    ModelCatalogue models, DatasetCatalogue datasets, TrainerTelemetry telemetry, IOptions<TrainerOptions> options)
    : IDisposable
{
    private const string OnnxFile = "model.onnx";

    // One at a time: each may use every core and holds its slices in memory.
    private readonly SemaphoreSlim _turn = new(1);

    // Each slice is held in memory while it is needed.
    private const uint MostSlices = 4096;

    /// <summary>Answers progress as it happens and the result last.</summary>
    /// <exception cref="OrganSegException">
    /// Invalid or Missing: the request; NotReady: model and dataset do not fit, or the model cannot be run.
    /// </exception>
    public async IAsyncEnumerable<QuantizeModelResponse> RunAsync(
        QuantizeModelRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var method = Check(request);
        using var activity = telemetry.Start("quantize");
        var progress = Channel.CreateUnbounded<Progress>();

        // Whoever stops listening stops the work.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var work = Task.Run(() => QuantizeAsync(request, method, progress.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var step in progress.Reader.ReadAllAsync(cancellationToken))
            {
                yield return new QuantizeModelResponse { Progress = step };
            }

            yield return new QuantizeModelResponse { Result = await work };
        }
        finally
        {
            await stop.CancelAsync();
            await ((Task)work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose() => _turn.Dispose();

    private static CalibrationMethod Check(QuantizeModelRequest request)
    {
        var violations = new List<FieldViolation>();
        var methods = Enum.GetValues<CalibrationMethod>().ToDictionary(ModelQuantizer.NameOf, StringComparer.Ordinal);
        var method = CalibrationMethod.MinMax;
        if (request.Method.Length > 0 && !methods.TryGetValue(request.Method, out method))
        {
            violations.Add(new("method", $"\"{request.Method}\" is not {string.Join(" or ", methods.Keys)}"));
        }

        if (request.Model.Length == 0)
        {
            violations.Add(new("model", "is missing; give an alias, a model or model@version"));
        }

        if (request.Dataset.Length == 0)
        {
            violations.Add(new("dataset", "is missing; give a dataset as name or name@version"));
        }

        CheckCount("calibration_slices", request.HasCalibrationSlices, request.CalibrationSlices);
        CheckCount("validation_slices", request.HasValidationSlices, request.ValidationSlices);

        if (!(request.Tolerance is >= 0 and <= 1))
        {
            violations.Add(new("tolerance", $"{request.Tolerance} is not a number from 0 to 1"));
        }

        return violations.Count == 0 ? method : throw new OrganSegException(violations);

        void CheckCount(string field, bool given, uint count)
        {
            if (given && count is 0 or > MostSlices)
            {
                violations.Add(new(field, $"is {count}; give 1 to {MostSlices}, or nothing for the default"));
            }
        }
    }

    private async Task<V1.QuantizedModel> QuantizeAsync(
        QuantizeModelRequest request, CalibrationMethod method, ChannelWriter<Progress> progress, CancellationToken cancellationToken)
    {
        var admitted = false;
        try
        {
            await _turn.WaitAsync(cancellationToken);
            admitted = true;
            void Report(string stage, int done, int total) => progress.TryWrite(
                new Progress { Stage = stage, Done = done, Total = total, Unit = "slices" });
            var model = await models.ResolveAsync(request.Model, cancellationToken);
            var manifest = await datasets.GetAsync(request.Dataset, cancellationToken);
            CheckFit(model, manifest);
            Report("load", 0, 1);
            var data = await QuantizationData.ReadAsync(
                datasets,
                manifest,
                method,
                (int)(request.HasCalibrationSlices ? request.CalibrationSlices : QuantizationData.DefaultCalibrationSlices),
                (int)(request.HasValidationSlices ? request.ValidationSlices : QuantizationData.DefaultValidationSlices),
                cancellationToken);
            var onnx = await models.ReadFileAsync(model, OnnxFile, cancellationToken);
            var quantizer = new ModelQuantizer(options.Value.Threads, Report)
            {
                Tolerance = request.HasTolerance ? request.Tolerance : ModelQuantizer.DefaultTolerance,
            };
            var quantized = quantizer.Quantize(onnx, model.LabelSchema, data, cancellationToken);
            var published = quantized.Passed ? await PublishAsync(model, quantized, cancellationToken) : model;
            return new V1.QuantizedModel
            {
                Published = quantized.Passed,
                Model = published.Model,
                Version = published.Version,
                Summary = quantized.Describe(),
                CertificateJson = System.Text.Encoding.UTF8.GetString(quantized.Certificate.ToJson()),
            };
        }
        finally
        {
            if (admitted)
            {
                _turn.Release();
            }

            progress.TryComplete();
        }
    }

    /// <summary>Everything the version has, with the 8-bit forms in the place of those it may have had.</summary>
    private async Task<ModelDocument> PublishAsync(
        ModelDocument model, QuantizedModel quantized, CancellationToken cancellationToken)
    {
        var files = new Dictionary<string, ReadOnlyMemory<byte>>(quantized.Publication(), StringComparer.Ordinal);
        var replaced = quantized.Certificate.Variants.Select(variant => variant.File);
        foreach (var file in model.Files.Keys.Except(files.Keys).Except(replaced))
        {
            files[file] = await models.ReadFileAsync(model, file, cancellationToken);
        }

        return await models.PublishAsync(model, files, cancellationToken);
    }

    private static void CheckFit(ModelDocument model, DatasetManifest dataset)
    {
        if (dataset.Size != model.Preprocessing.Size || !dataset.LabelSchema.Classes.SequenceEqual(model.LabelSchema.Classes))
        {
            throw new OrganSegException(
                ErrorKind.NotReady,
                $"{dataset.Reference} has slices of {dataset.Size} pixels and {dataset.LabelSchema.Count} classes, {model.Reference} is of "
                + $"{model.Preprocessing.Size} pixels and {model.LabelSchema.Count} classes or other ones; quantize with a dataset like the one it learned from.");
        }
    }
}
