namespace OrganSeg.Evaluator;

/// <summary>How far an evaluation is.</summary>
internal readonly record struct EvaluationProgress(string Stage, long Done, long Total, string Unit)
{
    /// <summary>The scores so far in words; null where there are none yet.</summary>
    public string? SoFar { get; init; }
}
