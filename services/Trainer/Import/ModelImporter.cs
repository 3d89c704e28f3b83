using System.Text.Json;
using Microsoft.Extensions.Options;
using OrganSeg.Imaging;
using OrganSeg.Storage;
using OrganSeg.Trainer.Networks;
using OrganSeg.Trainer.Publishing;
using OrganSeg.Trainer.Runs;
using OrganSeg.Trainer.Training;
using OrganSeg.Trainer.Weights;
using OrganSeg.V1;
using LabelClass = OrganSeg.Imaging.LabelClass;

namespace OrganSeg.Trainer.Import;

/// <summary>Makes a published model out of weights that were trained elsewhere. One import works at a time.</summary>
internal sealed partial class ModelImporter(
    DatasetCatalogue datasets,
    ModelCatalogue models,
    ModelPublisher publisher,
    TrainerTelemetry telemetry,
    IOptions<TrainerOptions> options,
    ILogger<ModelImporter> logger) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    /// <param name="plan">What to make.</param>
    /// <param name="spool">The file.</param>
    /// <param name="sha256">Its SHA-256.</param>
    /// <param name="progress">Is told each stage.</param>
    /// <param name="cancellationToken">Ends the import; nothing stays behind.</param>
    /// <exception cref="OrganSegException">
    /// Invalid: what is wrong with the file; NotReady: the export does not compute what the network does.
    /// </exception>
    public async Task<ImportedModel> ImportAsync(
        ImportPlan plan, WeightsSpool spool, string sha256, ImportProgress progress, CancellationToken cancellationToken)
    {
        using var activity = telemetry.Start("import.model");
        progress.Report("check", 0, 1, "model");
        var manifest = plan.Dataset is null ? null : await datasets.GetAsync(plan.Dataset, cancellationToken);
        var file = new SafeTensorFile(spool.Handle, plan.FileName);
        var network = ImportedNetwork.OptionsOf(plan, file.Header);
        var notes = new List<string>();
        var document = new ModelDocument
        {
            Model = plan.Model,
            Architecture = network.Architecture,
            LabelSchema = SchemaOf(plan, network, manifest, notes),
            Preprocessing = manifest?.Preprocessing ?? new PreprocessingRecipe(),
            Specification = JsonSerializer.SerializeToElement(
                new
                {
                    Imported = new { Sha256 = sha256, Bytes = spool.Length },
                    network.Architecture,
                    network.Width,
                    network.Classes,
                    InputChannels = network.Channels,
                    network.Dilation,
                    network.Auxiliary,
                    network.Gates,
                },
                JsonSerializerOptions.Web),
            GitCommit = BuildCommit.Value,
        };
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var published = await FindAsync(document, cancellationToken);
            if (published is not null)
            {
                notes.Add($"{published.Reference} has the same weights already; nothing new was published");
            }

            published ??= await PublishAsync(document, network, file, manifest, progress, cancellationToken);
            LogImported(published.Reference, published.Architecture);
            return await DescribeAsync(published, network, notes, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<ModelDocument> PublishAsync(
        ModelDocument document,
        NetworkOptions networkOptions,
        SafeTensorFile file,
        DatasetManifest? manifest,
        ImportProgress progress,
        CancellationToken cancellationToken)
    {
        using var samples = manifest is null ? null : await LoadSamplesAsync(manifest, cancellationToken);
        using var compute = new ComputeThread(options.Value.Threads);
        progress.Report("load", 0, 1, "model");
        using var network = await compute.RunAsync(() => ImportedNetwork.Load(networkOptions, file));
        cancellationToken.ThrowIfCancellationRequested();
        return await publisher.PublishAsync(
            new ModelCandidate(document, network, samples, Seed: 1),
            compute,
            stage => progress.Report(stage, 0, 1, "model"),
            cancellationToken);
    }

    /// <summary>The slices that training did not see, if there are any.</summary>
    private async Task<SliceSet?> LoadSamplesAsync(DatasetManifest manifest, CancellationToken cancellationToken)
    {
        var splits = manifest.Cases.SelectMany(c => c.Slices).Select(slice => slice.Split).ToHashSet(StringComparer.Ordinal);
        string? split = splits.Contains(Splits.Validation) ? Splits.Validation : splits.Order(StringComparer.Ordinal).FirstOrDefault();
        return split is null ? null : await SliceSet.LoadAsync(datasets, manifest, split, options.Value.CacheBytes, cancellationToken);
    }

    /// <summary>A call repeated after its connection was lost must not publish twice.</summary>
    private async Task<ModelDocument?> FindAsync(ModelDocument document, CancellationToken cancellationToken)
    {
        await foreach (var other in models.ListVersionsAsync(document.Model, cancellationToken))
        {
            if (other.RunId is null
                && other.Specification is { } specification
                && JsonElement.DeepEquals(specification, document.Specification!.Value)
                && other.LabelSchema.Equals(document.LabelSchema)
                && other.Preprocessing == document.Preprocessing
                && other.GitCommit == document.GitCommit)
            {
                return other;
            }
        }

        return null;
    }

    private static LabelSchema SchemaOf(ImportPlan plan, NetworkOptions network, DatasetManifest? manifest, List<string> notes)
    {
        if (manifest is not null)
        {
            return manifest.LabelSchema.Count == network.Classes ? manifest.LabelSchema : throw OrganSegException.Invalid(
                "dataset", $"{manifest.Reference} has {manifest.LabelSchema.Count} classes and {plan.FileName} {network.Classes}");
        }

        if (plan.Labels.Count > 0)
        {
            return plan.Labels.Count == network.Classes
                ? new LabelSchema([.. plan.Labels.Select((name, id) => new LabelClass((byte)id, name))])
                : throw OrganSegException.Invalid(
                    "labels", $"name {plan.Labels.Count} classes and {plan.FileName} has {network.Classes}; name all, background first");
        }

        if (network.Classes == LabelSchema.Abdomen.Count)
        {
            notes.Add($"the classes are taken for {string.Join(", ", LabelSchema.Abdomen.Classes.Select(c => c.Name))}; --labels or --dataset says otherwise");
            return LabelSchema.Abdomen;
        }

        notes.Add("the classes are named by their numbers; --labels or --dataset names them");
        return new LabelSchema([.. Enumerable.Range(0, network.Classes)
            .Select(id => new LabelClass((byte)id, id == 0 ? "background" : $"class{id}"))]);
    }

    private async Task<ImportedModel> DescribeAsync(
        ModelDocument model, NetworkOptions network, List<string> notes, CancellationToken cancellationToken)
    {
        var parity = ParityCertificate.FromJson(await models.ReadFileAsync(model, ParityCertificate.File, cancellationToken));
        var onnx = model.Files["model.onnx"];
        return new ImportedModel
        {
            Name = model.Model,
            Version = model.Version,
            Architecture = model.Architecture,
            Settings = { NetworkSetting.Texts(network) },
            LabelSchema = { model.LabelSchema.Classes.Select(c => new V1.LabelClass { Id = c.Id, Name = c.Name }) },
            Parameters = ParameterOps.Declare(network).Where(parameter => parameter.Learned).Sum(parameter => parameter.Count),
            OnnxSha256 = onnx.Sha256,
            OnnxBytes = onnx.Bytes,
            RelativeL2 = parity.Outputs[0].RelativeL2,
            LabelAgreement = parity.LabelAgreement,
            Samples = parity.Samples,
            RealSamples = parity.RealSamples,
            Notes = { notes },
        };
    }

    [LoggerMessage(2040, LogLevel.Information, "Imported {Model}: {Architecture}")]
    private partial void LogImported(string model, string architecture);
}
