namespace OrganSeg.Evaluator.Statistics;

/// <summary>One organ's scores of two models on the same patients.</summary>
/// <param name="Organ">Name in the label schema.</param>
/// <param name="Pairs">Scores in which higher is better, one pair for each patient where both are defined, in a fixed order.
/// </param>
internal sealed record PairedScores(string Organ, IReadOnlyList<(double First, double Second)> Pairs);
