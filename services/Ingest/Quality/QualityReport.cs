using OrganSeg.Storage;

namespace OrganSeg.Ingest.Quality;

/// <summary>What is known of a dataset version's quality: <c>quality.json</c>.</summary>
internal sealed record QualityReport : IStoredDocument
{
    /// <inheritdoc/>
    public int Schema { get; init; } = 1;

    /// <summary>The version, as <c>dataset@version</c>.</summary>
    public required string Dataset { get; init; }

    /// <summary>Side of the slices in pixels; all areas are of these.</summary>
    public required int Size { get; init; }

    /// <summary>HU shown as grey 0; null where the window is unknown.</summary>
    public double? WindowLowHu { get; init; }

    /// <summary>HU shown as grey 255; null where the window is unknown.</summary>
    public double? WindowHighHu { get; init; }

    /// <summary>How it was split, and what was found across the sides.</summary>
    public required DatasetSplit Split { get; init; }

    /// <summary>What is doubtful, warnings first.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>The organs in the order of the schema.</summary>
    public required IReadOnlyList<OrganQuality> Organs { get; init; }

    /// <summary>The cases in the order of their names.</summary>
    public required IReadOnlyList<CaseQuality> Cases { get; init; }

    /// <summary>Pixels of the body, all slices together, by grey value 0…255.</summary>
    public required IReadOnlyList<long> BodyHistogram { get; init; }

    /// <summary>Share of the body's pixels with grey 0, or null without any.</summary>
    public double? ClippedLow { get; init; }

    /// <summary>Share of the body's pixels with grey 255, or null without any.</summary>
    public double? ClippedHigh { get; init; }
}
