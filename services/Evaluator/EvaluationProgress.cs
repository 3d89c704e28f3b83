namespace OrganSeg.Evaluator;

/// <summary>How far an evaluation is.</summary>
internal readonly record struct EvaluationProgress(string Stage, long Done, long Total, string Unit);
