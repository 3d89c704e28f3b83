using OrganSeg.Imaging;

namespace OrganSeg.Storage;

/// <summary>What a sealed dataset version holds. It never changes.</summary>
public sealed record DatasetManifest : IStoredDocument
{
    internal static readonly IReadOnlySet<string> OutsideDigest = new HashSet<string> { "dataset", "version", "sealedAt" };

    /// <inheritdoc/>
    public int Schema { get; init; } = 1;

    /// <summary>Name of the dataset.</summary>
    public required string Dataset { get; init; }

    /// <summary>Version: 1, 2, …</summary>
    public required string Version { get; init; }

    /// <summary>
    /// SHA-256, in hexadecimal, over all of this but the name, the version and the time: equal content has an equal
    /// digest. It covers the images through the digests of the shards.
    /// </summary>
    public required string Digest { get; init; }

    /// <summary>When it was sealed.</summary>
    public required DateTimeOffset SealedAt { get; init; }

    /// <summary>Side of the square images and label maps in pixels.</summary>
    public required int Size { get; init; }

    /// <summary>What the values of the label maps mean.</summary>
    public required LabelSchema LabelSchema { get; init; }

    /// <summary>How the images were made from their sources.</summary>
    public required PreprocessingRecipe Preprocessing { get; init; }

    /// <summary>How slices were divided into train, validation and test.</summary>
    public required DatasetSplit Split { get; init; }

    /// <summary>Terms and credits of the data, which models that learn from it carry on; null where none were given.</summary>
    public string? Notice { get; init; }

    /// <summary>The cases in ordinal order of their names.</summary>
    public required IReadOnlyList<DatasetCase> Cases { get; init; }

    /// <summary>Names this version as <c>dataset@version</c>.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Reference => $"{Dataset}@{Version}";
}
