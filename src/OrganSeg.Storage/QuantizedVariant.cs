using System.Text.Json.Serialization;

namespace OrganSeg.Storage;

/// <summary>One 8-bit form of a model.</summary>
public sealed record QuantizedVariant
{
    /// <summary>Name of the form with all bits in use.</summary>
    public const string AllBits = "int8";

    /// <summary>Name of the form whose weights use seven bits, for processors whose 8-bit products saturate.</summary>
    public const string ReducedBits = "int8-reduced";

    /// <summary>All there are, the preferred one first.</summary>
    public static IReadOnlyList<string> Names { get; } = [AllBits, ReducedBits];

    /// <summary><see cref="AllBits"/> or <see cref="ReducedBits"/>.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// Whether the F1 of every organ that can be judged, at least one, is within the tolerance and the processor computed what
    /// the graph says.
    /// </summary>
    public required bool Passed { get; init; }

    /// <summary>Bits of a weight.</summary>
    public required int WeightBits { get; init; }

    /// <summary>SHA-256 of the model.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Size of the model.</summary>
    public required long Bytes { get; init; }

    /// <summary>F1 by organ.</summary>
    public required IReadOnlyDictionary<string, double> F1 { get; init; }

    /// <summary>F1 by organ, less that of the float model; of the organs that can be judged.</summary>
    public required IReadOnlyDictionary<string, double> F1Change { get; init; }

    /// <summary>Part of the pixels that get the same label from the float model.</summary>
    public required double LabelAgreement { get; init; }

    /// <summary>Nodes that compute in floating point.</summary>
    public required IReadOnlyList<string> FloatNodes { get; init; }

    /// <summary>Greatest relative L2 error of a vector's logits that counts as computing the same.</summary>
    public required double VectorTolerance { get; init; }

    /// <summary>The greatest error where it was made.</summary>
    public required double VectorError { get; init; }

    /// <summary>Generated inputs and what the graph makes of them in floating point, to be checked wherever it is loaded.</summary>
    public required IReadOnlyList<QuantizationVector> Vectors { get; init; }

    /// <summary>The file of the model version that has it.</summary>
    [JsonIgnore]
    public string File => FileOf(Name);

    /// <summary>The file of a form, such as <c>model.int8.onnx</c>.</summary>
    public static string FileOf(string name) => $"model.{name}.onnx";
}
