namespace OrganSeg.Evaluator.Surfaces;

/// <summary>Distances between the surfaces of one organ, in the unit of the spacing; all null where one map lacks it.</summary>
internal sealed record DistanceScores
{
    /// <summary>Hausdorff distance: the largest distance from either surface to the other.</summary>
    public double? Hd { get; init; }

    /// <summary>The larger of the 95th percentiles of both directions.</summary>
    public double? Hd95 { get; init; }

    /// <summary>The 95th percentile of both directions in one heap, from voxels of the border to voxels of the border, as MedPy's
    /// hd95 has it. It is smaller than <see cref="Hd95"/> where one direction is worse than the other.</summary>
    public double? Hd95Medpy { get; init; }

    /// <summary>Average symmetric surface distance: both directions together, by surface.</summary>
    public double? Assd { get; init; }

    /// <summary>Average distance from the reference's surface to the prediction's.</summary>
    public double? ReferenceToPrediction { get; init; }

    /// <summary>Average distance from the prediction's surface to the reference's.</summary>
    public double? PredictionToReference { get; init; }

    /// <summary>A patient's, from those of the patient's images: the largest of the largest, else means of what is defined.</summary>
    public static DistanceScores Of(IReadOnlyList<DistanceScores> images) => images.Count == 1 ? images[0] : new DistanceScores
    {
        Hd = images.Max(image => image.Hd),
        Hd95 = images.Average(image => image.Hd95),
        Hd95Medpy = images.Average(image => image.Hd95Medpy),
        Assd = images.Average(image => image.Assd),
        ReferenceToPrediction = images.Average(image => image.ReferenceToPrediction),
        PredictionToReference = images.Average(image => image.PredictionToReference),
    };
}
