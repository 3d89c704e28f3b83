using System.Text.Json;
using System.Text.Json.Serialization;
using OrganSeg.Imaging;

namespace OrganSeg.Storage;

/// <summary>What a published model version is: <c>model.json</c>. It never changes.</summary>
public sealed record ModelDocument : IStoredDocument
{
    /// <summary>The file of a version that is run in float32.</summary>
    public const string OnnxFile = "model.onnx";

    internal static readonly IReadOnlySet<string> OutsideDigest = new HashSet<string>();

    /// <inheritdoc/>
    public int Schema { get; init; } = 1;

    /// <summary>Name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Version: 1, 2, … Filled in when it is published.</summary>
    public string Version { get; init; } = "";

    /// <summary>SHA-256 over all else in this document, in hexadecimal. Filled in when it is published.</summary>
    public string Digest { get; init; } = "";

    /// <summary>Network, such as <c>organsegnet</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>When it was published. Filled in when it is published.</summary>
    public DateTimeOffset PublishedAt { get; init; }

    /// <summary>What the network's classes mean.</summary>
    public required LabelSchema LabelSchema { get; init; }

    /// <summary>How a slice becomes the network's input.</summary>
    public required PreprocessingRecipe Preprocessing { get; init; }

    /// <summary>Dataset it learned from, as <c>name@version</c>; null for imported weights.</summary>
    public string? Dataset { get; init; }

    /// <summary>Digest of that dataset.</summary>
    public string? DatasetDigest { get; init; }

    /// <summary>Cases it learned from, by which an evaluation finds out that it would measure on them.</summary>
    public IReadOnlyList<string> TrainingCases { get; init; } = [];

    /// <summary>Whether its dataset's split was leaky.</summary>
    public bool Leaky { get; init; }

    /// <summary>Terms and credits of the data it learned from; null where none were given.</summary>
    public string? Notice { get; init; }

    /// <summary>The run that made it.</summary>
    public string? RunId { get; init; }

    /// <summary>The run's specification.</summary>
    public JsonElement? Specification { get; init; }

    /// <summary>What was measured when it was trained, by name.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>Commit of the code that made it.</summary>
    public string? GitCommit { get; init; }

    /// <summary>Its files by name, such as <c>model.onnx</c>. Filled in when it is published.</summary>
    public IReadOnlyDictionary<string, ModelFile> Files { get; init; } = new Dictionary<string, ModelFile>();

    /// <summary>Names this version as <c>model@version</c>.</summary>
    [JsonIgnore]
    public string Reference => $"{Model}@{Version}";
}
