namespace OrganSeg.Evaluator.Metrics;

/// <summary>How two masks of one organ overlap, each value 0…1 or undefined (null); <see cref="PixelCounts.Scores"/> defines
/// them.</summary>
internal sealed record OverlapScores(double? Precision, double? Recall, double? F1)
{
    public double? Iou { get; init; }

    public double? Specificity { get; init; }

    public double? VolumetricSimilarity { get; init; }

    /// <summary>Surface Dice at the report's tolerance; <see cref="Surfaces.SurfaceScores.Nsd"/>.</summary>
    public double? Nsd { get; init; }
}
