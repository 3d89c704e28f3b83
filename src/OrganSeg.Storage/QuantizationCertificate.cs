using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrganSeg.Storage;

/// <summary>
/// What became of a model when it was quantized to 8 bits: <c>quantization.json</c>. Scores are F1, pooled over the pixels of
/// the validation slices.
/// </summary>
public sealed record QuantizationCertificate
{
    /// <summary>Name of its file in a model version.</summary>
    public const string File = "quantization.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        WriteIndented = true,
    };

    /// <summary>Version of this document.</summary>
    public int Schema { get; init; } = 1;

    /// <summary>How ranges were chosen: <c>min-max</c>, <c>percentile</c> or <c>entropy</c>.</summary>
    public required string Method { get; init; }

    /// <summary>The dataset, as <c>name@version</c>.</summary>
    public required string Dataset { get; init; }

    /// <summary>Digest of that dataset.</summary>
    public required string DatasetDigest { get; init; }

    /// <summary>Training slices from which the ranges come.</summary>
    public required int CalibrationSlices { get; init; }

    /// <summary>Slices that were scored.</summary>
    public required int ValidationSlices { get; init; }

    /// <summary>The split they are of.</summary>
    public required string ValidationSplit { get; init; }

    /// <summary>Most that an organ's F1 may fall.</summary>
    public required double Tolerance { get; init; }

    /// <summary>SHA-256 of the float model.</summary>
    public required string OnnxSha256 { get; init; }

    /// <summary>Version of ONNX Runtime with which it was measured.</summary>
    public required string OnnxRuntimeVersion { get; init; }

    /// <summary>F1 of the float model by organ; organs that the slices do not show are left out.</summary>
    public required IReadOnlyDictionary<string, double> FloatF1 { get; init; }

    /// <summary>
    /// Organs of which nothing can be said, in the order of the classes: the slices do not show them, or the float model finds
    /// nothing of them. They do not count for any form.
    /// </summary>
    public IReadOnlyList<string> NotJudged { get; init; } = [];

    /// <summary>The 8-bit models that were made, the preferred one first, whether they passed or not.</summary>
    public required IReadOnlyList<QuantizedVariant> Variants { get; init; }

    /// <summary>The certificate as UTF-8 JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Corrupt"/>: it is no certificate.</exception>
    public static QuantizationCertificate FromJson(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<QuantizationCertificate>(json, Json) ?? throw new JsonException("null");
        }
        catch (JsonException error)
        {
            throw new OrganSegException(ErrorKind.Corrupt, $"{File} is no quantization certificate.", error);
        }
    }
}
