using System.Text.Json.Serialization;

namespace OrganSeg.Evaluator.Metrics;

/// <summary>Pixels of one organ, counted against the reference.</summary>
/// <param name="TruePositives">Organ in both.</param>
/// <param name="FalsePositives">Organ in the prediction only.</param>
/// <param name="FalseNegatives">Organ in the reference only.</param>
/// <param name="TrueNegatives">Organ in neither.</param>
internal readonly record struct PixelCounts(long TruePositives, long FalsePositives, long FalseNegatives, long TrueNegatives = 0)
{
    /// <summary>Neither the reference nor the prediction has the organ.</summary>
    [JsonIgnore]
    public bool IsEmpty => TruePositives + FalsePositives + FalseNegatives == 0;

    /// <summary>Pixels of the organ in the reference.</summary>
    [JsonIgnore]
    public long Reference => TruePositives + FalseNegatives;

    /// <summary>Pixels of the organ in the prediction.</summary>
    [JsonIgnore]
    public long Prediction => TruePositives + FalsePositives;

    public static PixelCounts operator +(PixelCounts a, PixelCounts b) => new(
        a.TruePositives + b.TruePositives,
        a.FalsePositives + b.FalsePositives,
        a.FalseNegatives + b.FalseNegatives,
        a.TrueNegatives + b.TrueNegatives);

    /// <summary>
    /// Precision TP/(TP+FP), recall TP/(TP+FN), F1 = 2TP/(2TP+FP+FN), also called Dice, IoU = TP/(TP+FP+FN), also called
    /// Jaccard, specificity TN/(TN+FP), and volumetric similarity 1 − |FN−FP|/(2TP+FP+FN) (Taha and Hanbury 2015, BMC Medical
    /// Imaging 15); a quotient 0/0 is undefined, never 0 or 1.
    /// </summary>
    public OverlapScores Scores() => new(
        Quotient(TruePositives, TruePositives + FalsePositives),
        Quotient(TruePositives, TruePositives + FalseNegatives),
        Quotient(2 * TruePositives, Reference + Prediction))
    {
        Iou = Quotient(TruePositives, TruePositives + FalsePositives + FalseNegatives),
        Specificity = Quotient(TrueNegatives, TrueNegatives + FalsePositives),
        VolumetricSimilarity = 1 - Quotient(Math.Abs(FalseNegatives - FalsePositives), Reference + Prediction),
    };

    private static double? Quotient(long part, long whole) => whole == 0 ? null : (double)part / whole;
}
