using System.Reflection;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.Extensions.Options;
using OrganSeg.Inference.Serving;
using OrganSeg.OpenInference;
using OrganSeg.Storage;
using static OrganSeg.OpenInference.ModelInferResponse.Types;
using static OrganSeg.OpenInference.ModelMetadataResponse.Types;

namespace OrganSeg.Inference.OpenInference;

/// <summary>What the gRPC and the REST form of the Open Inference Protocol have in common.</summary>
internal sealed class OpenInferenceServer(
    ModelRepository repository, ModelPool pool, ModelRouter router, IOptions<InferenceOptions> options, InferenceTelemetry telemetry)
{
    public const string Platform = "onnxruntime_onnx";

    // A message of more could not be sent.
    public const long MaxAnswerBytes = 60L << 20;
    private const string VariantParameter = "variant";

    private static readonly string Version = typeof(OpenInferenceServer).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    public static ServerMetadataResponse Metadata => new()
    {
        Name = "organseg",
        Version = Version,
        Extensions = { "model_repository", "model_configuration", "statistics", "binary_tensor_data", "parameters" },
    };

    /// <summary>What the protocol has no field for.</summary>
    public static Dictionary<string, string> PropertiesOf(ModelLease lease) => new()
    {
        ["model"] = lease.Document.Reference,
        ["architecture"] = lease.Document.Architecture,
        ["variant"] = lease.Runner.Variant,
        ["device"] = lease.Runner.Device,
        ["classes"] = string.Join(",", lease.Document.LabelSchema.Classes.Select(c => c.Name)),
        ["size"] = lease.Document.Preprocessing.Size.ToString(),
    };

    /// <summary>A model's tensors; every version where none is asked for.</summary>
    public async Task<ModelMetadataResponse> DescribeAsync(string name, string version, CancellationToken cancellationToken)
    {
        var document = await repository.FindAsync(name, version, cancellationToken);
        using var lease = await pool.AcquireAsync(document.Reference, "", cancellationToken);
        var response = new ModelMetadataResponse
        {
            Name = name,
            Platform = Platform,
            Inputs = { Tensor(ModelSignature.Image, "FP32", -1, 1, -1, -1) },
            Outputs =
            {
                Tensor(ModelSignature.Labels, "UINT8", -1, -1, -1),
                Tensor(ModelSignature.Logits, "FP32", -1, document.LabelSchema.Count, -1, -1),
            },
            Properties = { PropertiesOf(lease) },
        };
        response.Versions.AddRange(version.Length > 0 ? [version] : await repository.VersionsAsync(document, cancellationToken));
        return response;
    }

    /// <exception cref="OrganSegException">What was wrong, with the field, model or limit.</exception>
    public async Task<ModelInferResponse> InferAsync(ModelInferRequest request, Caller caller, CancellationToken cancellationToken)
    {
        ModelDocument? document = null;
        try
        {
            document = await repository.FindAsync(request.ModelName, request.ModelVersion, cancellationToken);
            var asked = InferRequestReader.Read(request, options.Value.MaxTensorPixels);
            var variant = request.Parameters.GetValueOrDefault(VariantParameter)?.StringParam ?? "";
            // Who asks for a version gets that one.
            var name = request.ModelVersion.Length > 0 ? document.Reference : request.ModelName;
            var answer = await router.RunAsync(
                await router.ChooseAsync(name, cancellationToken),
                variant,
                (lease, _) =>
                {
                    document = lease.Document;
                    return RunAsync(request, asked, lease.Runner, caller, cancellationToken);
                },
                cancellationToken);
            telemetry.CountRequest(document, InferenceTelemetry.Ok, answer.Parameters[VariantParameter].StringParam);
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

    private static async Task<ModelInferResponse> RunAsync(
        ModelInferRequest request, InferRequest asked, ModelRunner runner, Caller caller, CancellationToken cancellationToken)
    {
        await runner.CheckRoomAsync(caller, cancellationToken);
        var batch = Room(asked, runner.Document);
        await runner.RunAsync(batch, caller, cancellationToken);
        return Answer(request, asked, runner.Document, batch, runner.Variant);
    }

    private static TensorBatch Room(InferRequest asked, ModelDocument document)
    {
        var pixels = (long)asked.Count * asked.Height * asked.Width;
        var (labels, logits) = (asked.Outputs.Contains(ModelSignature.Labels), asked.Outputs.Contains(ModelSignature.Logits));
        var bytes = (labels ? pixels : 0) + (logits ? pixels * document.LabelSchema.Count * sizeof(float) : 0);
        if (bytes > MaxAnswerBytes)
        {
            throw OrganSegException.Invalid(
                "outputs", $"would be {bytes >> 20} MiB; at most {MaxAnswerBytes >> 20} are sent. Ask for \"{ModelSignature.Labels}\" alone, or send fewer pixels.");
        }

        return new TensorBatch(
            asked.Image, asked.Count, asked.Height, asked.Width,
            labels ? GC.AllocateUninitializedArray<byte>((int)pixels) : null,
            logits ? GC.AllocateUninitializedArray<byte>((int)pixels * document.LabelSchema.Count * sizeof(float)) : null);
    }

    private static ModelInferResponse Answer(
        ModelInferRequest request, InferRequest asked, ModelDocument document, TensorBatch batch, string variant)
    {
        var response = new ModelInferResponse
        {
            ModelName = request.ModelName,
            ModelVersion = document.Version,
            Id = request.Id,
            Parameters = { [VariantParameter] = new InferParameter { StringParam = variant } },
        };
        foreach (var name in asked.Outputs)
        {
            var isLabels = name == ModelSignature.Labels;
            var output = new InferOutputTensor { Name = name, Datatype = isLabels ? "UINT8" : "FP32" };
            output.Shape.AddRange(isLabels
                ? [batch.Count, batch.Height, batch.Width]
                : [batch.Count, document.LabelSchema.Count, batch.Height, batch.Width]);
            response.Outputs.Add(output);
            var bytes = isLabels ? batch.Labels! : batch.Logits!;
            if (asked.IsRaw)
            {
                // Made for this answer and not touched again.
                response.RawOutputContents.Add(UnsafeByteOperations.UnsafeWrap(bytes));
                continue;
            }

            output.Contents = new InferTensorContents();
            if (isLabels)
            {
                output.Contents.UintContents.AddRange(bytes.Select(label => (uint)label));
            }
            else
            {
                output.Contents.Fp32Contents.AddRange(MemoryMarshal.Cast<byte, float>(bytes).ToArray());
            }
        }

        return response;
    }

    private static TensorMetadata Tensor(string name, string type, params long[] shape) =>
        new() { Name = name, Datatype = type, Shape = { shape } };
}
