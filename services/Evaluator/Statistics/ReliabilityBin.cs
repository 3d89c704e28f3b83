namespace OrganSeg.Evaluator.Statistics;

/// <summary>Predictions of similar confidence.</summary>
/// <param name="From">Lowest confidence of the bin, outside it except 0.</param>
/// <param name="To">Highest confidence of the bin, inside it.</param>
/// <param name="Count">Number of predictions, such as pixels.</param>
/// <param name="Confidence">Their mean confidence; null for an empty bin.</param>
/// <param name="Accuracy">Share of them that is correct; null for an empty bin.</param>
internal sealed record ReliabilityBin(double From, double To, long Count, double? Confidence, double? Accuracy);
