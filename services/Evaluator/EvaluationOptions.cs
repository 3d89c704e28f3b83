using OrganSeg.Evaluator.Metrics;
using OrganSeg.Evaluator.Robustness;

namespace OrganSeg.Evaluator;

/// <summary>What an evaluation does beyond scoring the slices as they are.</summary>
/// <param name="Robustness">How to sweep perturbations; null for not at all.</param>
/// <param name="Gate">Name and text of a gate's file; null for none.</param>
internal sealed record EvaluationOptions(RobustnessPlan? Robustness, (string Name, string Json)? Gate)
{
    /// <summary>Choices that change numbers.</summary>
    public ScoringSettings Scoring { get; init; } = new();
}
