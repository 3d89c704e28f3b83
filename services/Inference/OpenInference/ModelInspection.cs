using Microsoft.Extensions.Options;
using OrganSeg.Inference.Serving;
using OrganSeg.OpenInference;
using OrganSeg.Storage;

namespace OrganSeg.Inference.OpenInference;

/// <summary>How models are served and what they have done: Triton's model configuration and statistics extensions.</summary>
internal sealed class ModelInspection(
    ModelRepository repository, ModelPool pool, ServingStatistics statistics, IOptions<InferenceOptions> options)
{
    private const long NanosecondsPerTick = 100;

    /// <summary>How a model is served; loads it when it is not loaded yet.</summary>
    /// <exception cref="OrganSegException">What was wrong, with the field or model.</exception>
    public async Task<ModelConfigResponse> ConfigureAsync(string name, string version, CancellationToken cancellationToken)
    {
        var document = await repository.FindAsync(name, version, cancellationToken);
        using var lease = await pool.AcquireAsync(document.Reference, "", cancellationToken);
        var isCuda = lease.Runner.Device == "CUDA";
        return new ModelConfigResponse
        {
            Config = new ModelConfig
            {
                Name = name,
                Platform = OpenInferenceServer.Platform,
                Backend = "onnxruntime",
                VersionPolicy = new ModelVersionPolicy { All = new ModelVersionPolicy.Types.All() },
                MaxBatchSize = MaxBatch(document),
                Input = { new ModelInput { Name = ModelSignature.Image, DataType = DataType.TypeFp32, Dims = { 1, -1, -1 } } },
                Output =
                {
                    new ModelOutput { Name = ModelSignature.Labels, DataType = DataType.TypeUint8, Dims = { -1, -1 } },
                    new ModelOutput { Name = ModelSignature.Logits, DataType = DataType.TypeFp32, Dims = { document.LabelSchema.Count, -1, -1 } },
                },
                InstanceGroup =
                {
                    new ModelInstanceGroup
                    {
                        Name = document.Model,
                        Count = 1,
                        Kind = isCuda ? ModelInstanceGroup.Types.Kind.Gpu : ModelInstanceGroup.Types.Kind.Cpu,
                    },
                },
                DefaultModelFilename = ModelVariants.FileOf(lease.Runner.Variant),
                Parameters =
                {
                    OpenInferenceServer.PropertiesOf(lease).ToDictionary(
                        property => property.Key, property => new ModelParameter { StringValue = property.Value }),
                },
            },
        };
    }

    /// <summary>What was run of a version, of a model, or of everything.</summary>
    /// <exception cref="OrganSegException">Missing; Invalid, naming the field.</exception>
    public async Task<ModelStatisticsResponse> CountAsync(string name, string version, CancellationToken cancellationToken)
    {
        var response = new ModelStatisticsResponse();
        if (name.Length == 0)
        {
            response.ModelStats.AddRange(statistics.Read().Select(book => ToMessage(book, book.Model)));
            return response;
        }

        var document = await repository.FindAsync(name, version, cancellationToken);
        var isOneVersion = version.Length > 0 || name != document.Model;
        response.ModelStats.AddRange(statistics.Read()
            .Where(book => book.Model == document.Model && (!isOneVersion || book.Version == document.Version))
            .Select(book => ToMessage(book, name)));
        if (response.ModelStats.Count == 0)
        {
            var nothing = new VersionStatistics(
                document.Model, document.Version, 0, 0, 0, null, default, default, new Dictionary<int, TimeTotal>());
            response.ModelStats.Add(ToMessage(nothing, name));
        }

        return response;
    }

    private static ModelStatistics ToMessage(VersionStatistics version, string name)
    {
        var none = new StatisticDuration();
        var message = new ModelStatistics
        {
            Name = name,
            Version = version.Version,
            LastInference = (ulong)(version.Last?.ToUnixTimeMilliseconds() ?? 0),
            InferenceCount = (ulong)version.Images,
            ExecutionCount = (ulong)version.Runs,
            InferenceStats = new InferStatistics
            {
                Success = ToMessage(version.Run.Plus(0, version.Queue.Time)),
                Fail = new StatisticDuration { Count = (ulong)version.Failures },
                Queue = ToMessage(version.Queue),
                ComputeInput = none,
                ComputeInfer = ToMessage(version.Run),
                ComputeOutput = none,
            },
        };
        message.BatchStats.AddRange(version.Sizes.Select(size => new InferBatchStatistics
        {
            BatchSize = (ulong)size.Key,
            ComputeInput = none,
            ComputeInfer = ToMessage(size.Value),
            ComputeOutput = none,
        }));
        return message;
    }

    private static StatisticDuration ToMessage(TimeTotal total) =>
        new() { Count = (ulong)total.Count, Ns = (ulong)(total.Time.Ticks * NanosecondsPerTick) };

    /// <summary>Images of the model's own size that one request may bring and one answer may hold, with all outputs.</summary>
    private int MaxBatch(ModelDocument document)
    {
        var pixels = (long)document.Preprocessing.Size * document.Preprocessing.Size;
        var bytesPerPixel = 1 + (sizeof(float) * document.LabelSchema.Count);
        return (int)Math.Max(1, Math.Min(options.Value.MaxTensorPixels, OpenInferenceServer.MaxAnswerBytes / bytesPerPixel) / pixels);
    }
}
