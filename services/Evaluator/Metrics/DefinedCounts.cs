namespace OrganSeg.Evaluator.Metrics;

/// <summary>Over how many units each mean was taken: those in which the value is defined.</summary>
internal sealed record DefinedCounts(int Precision, int Recall, int F1);
