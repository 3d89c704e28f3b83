using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrganSeg.Storage;

/// <summary>
/// How far an ONNX model under ONNX Runtime is from its network under TorchSharp, published beside the model as
/// <c>parity.json</c>.
/// </summary>
public sealed record ParityCertificate
{
    /// <summary>Name of its file in a model version.</summary>
    public const string File = "parity.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        WriteIndented = true,
    };

    /// <summary>Version of this document.</summary>
    public int Schema { get; init; } = 1;

    /// <summary>Whether every sample is within both tolerances. A model that is not is not published.</summary>
    public required bool Passed { get; init; }

    /// <summary>Why the model could not be compared at all.</summary>
    public string? Failure { get; init; }

    /// <summary>Greatest allowed relative L2 error of the logits, and of each attention map, of one sample batch.</summary>
    public required double Tolerance { get; init; }

    /// <summary>Least allowed share of pixels with equal labels.</summary>
    public required double LabelTolerance { get; init; }

    /// <summary>Share of all pixels whose <c>labels</c> are the class of TorchSharp's greatest logit.</summary>
    public required double LabelAgreement { get; init; }

    /// <summary>Errors of each output.</summary>
    public required IReadOnlyList<OutputParity> Outputs { get; init; }

    /// <summary>
    /// Errors of each layer, in order; null where they were not compared. They show where an error comes from, and do not
    /// decide: a layer whose values nearly cancel may be far off relative to them and still do no harm.
    /// </summary>
    public IReadOnlyList<OutputParity>? Layers { get; init; }

    /// <summary>Images compared, real and random.</summary>
    public required long Samples { get; init; }

    /// <summary>Images among them that the caller gave.</summary>
    public required long RealSamples { get; init; }

    /// <summary>Pixels compared.</summary>
    public required long Pixels { get; init; }

    /// <summary>Every shape that was fed, as <c>Nx1xHxW</c>.</summary>
    public required IReadOnlyList<string> Shapes { get; init; }

    /// <summary>Version of TorchSharp.</summary>
    public required string TorchSharpVersion { get; init; }

    /// <summary>Version of ONNX Runtime.</summary>
    public required string OnnxRuntimeVersion { get; init; }

    /// <summary>SHA-256 of the ONNX file, lower-case hexadecimal.</summary>
    public required string OnnxSha256 { get; init; }

    /// <summary>SHA-256 of the safetensors file of the network's weights; null in certificates of older versions.</summary>
    public string? WeightsSha256 { get; init; }

    /// <summary>The certificate as UTF-8 JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Corrupt"/>: it is no certificate.</exception>
    public static ParityCertificate FromJson(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<ParityCertificate>(json, Json) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new OrganSegException(ErrorKind.Corrupt, $"{File} is no parity certificate.", e);
        }
    }
}
