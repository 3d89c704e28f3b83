using System.Text.Json.Serialization;

namespace OrganSeg.Evaluator.Metrics;

/// <summary>Pixels of one organ, counted against the reference.</summary>
/// <param name="TruePositives">Organ in both.</param>
/// <param name="FalsePositives">Organ in the prediction only.</param>
/// <param name="FalseNegatives">Organ in the reference only.</param>
internal readonly record struct PixelCounts(long TruePositives, long FalsePositives, long FalseNegatives)
{
    /// <summary>Neither the reference nor the prediction has the organ.</summary>
    [JsonIgnore]
    public bool IsEmpty => TruePositives + FalsePositives + FalseNegatives == 0;

    /// <summary>Pixels of the organ in the reference.</summary>
    [JsonIgnore]
    public long Reference => TruePositives + FalseNegatives;

    public static PixelCounts operator +(PixelCounts a, PixelCounts b) => new(
        a.TruePositives + b.TruePositives, a.FalsePositives + b.FalsePositives, a.FalseNegatives + b.FalseNegatives);

    /// <summary>
    /// Precision TP/(TP+FP), recall TP/(TP+FN) and F1 = 2TP/(2TP+FP+FN); a quotient 0/0 is undefined, never 0 or 1.
    /// </summary>
    public OverlapScores Scores() => new(
        Quotient(TruePositives, TruePositives + FalsePositives),
        Quotient(TruePositives, TruePositives + FalseNegatives),
        Quotient(2 * TruePositives, 2 * TruePositives + FalsePositives + FalseNegatives));

    private static double? Quotient(long part, long whole) => whole == 0 ? null : (double)part / whole;
}
