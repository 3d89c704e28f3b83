namespace OrganSeg.Evaluator.Metrics;

/// <summary>Precision, recall and F1 of one organ, each 0…1 or undefined (null).</summary>
internal sealed record OverlapScores(double? Precision, double? Recall, double? F1);
