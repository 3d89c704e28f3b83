namespace OrganSeg.Evaluator.Metrics;

/// <summary>Names a slice: its own name is unique only within its case.</summary>
internal readonly record struct SliceId(string Case, string Name);
