using OrganSeg.Evaluator.Surfaces;

namespace OrganSeg.Evaluator.Metrics;

/// <summary>Means over units (images or patients), each over the units in which that value is defined.</summary>
internal sealed record MeanScores(double? Precision, double? Recall, double? F1, DefinedCounts Defined)
{
    public double? Iou { get; init; }

    public double? Specificity { get; init; }

    public double? VolumetricSimilarity { get; init; }

    /// <summary>Surface Dice at the report's tolerance.</summary>
    public double? Nsd { get; init; }

    /// <summary>Hausdorff distance, in the report's unit of distance.</summary>
    public double? Hd { get; init; }

    /// <summary>Its 95th percentile, the larger of both directions.</summary>
    public double? Hd95 { get; init; }

    /// <summary>Its 95th percentile over both directions in one heap, as MedPy has it.</summary>
    public double? Hd95Medpy { get; init; }

    /// <summary>Average symmetric surface distance.</summary>
    public double? Assd { get; init; }

    /// <summary>Average distance from the reference's surface to the prediction's.</summary>
    public double? ReferenceToPrediction { get; init; }

    /// <summary>Average distance from the prediction's surface to the reference's.</summary>
    public double? PredictionToReference { get; init; }

    /// <summary>Averages what is defined; a mean over nothing is undefined.</summary>
    public static MeanScores Of(IReadOnlyList<UnitScores> units)
    {
        return new MeanScores(
            Overlap(unit => unit.Precision),
            Overlap(unit => unit.Recall),
            Overlap(unit => unit.F1),
            new DefinedCounts(
                units.Count(unit => unit.Overlap.Precision.HasValue),
                units.Count(unit => unit.Overlap.Recall.HasValue),
                units.Count(unit => unit.Overlap.F1.HasValue))
            {
                Nsd = units.Count(unit => unit.Overlap.Nsd.HasValue),
                Distances = units.Count(unit => unit.Distances.Assd.HasValue),
            })
        {
            Iou = Overlap(unit => unit.Iou),
            Specificity = Overlap(unit => unit.Specificity),
            VolumetricSimilarity = Overlap(unit => unit.VolumetricSimilarity),
            Nsd = Overlap(unit => unit.Nsd),
            Hd = Distance(unit => unit.Hd),
            Hd95 = Distance(unit => unit.Hd95),
            Hd95Medpy = Distance(unit => unit.Hd95Medpy),
            Assd = Distance(unit => unit.Assd),
            ReferenceToPrediction = Distance(unit => unit.ReferenceToPrediction),
            PredictionToReference = Distance(unit => unit.PredictionToReference),
        };

        double? Overlap(Func<OverlapScores, double?> value) => units.Average(unit => value(unit.Overlap));

        double? Distance(Func<DistanceScores, double?> value) => units.Average(unit => value(unit.Distances));
    }
}
