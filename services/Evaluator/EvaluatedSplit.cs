using OrganSeg.Evaluator.Honesty;
using OrganSeg.Evaluator.Robustness;
using OrganSeg.Storage;

namespace OrganSeg.Evaluator;

/// <summary>What was evaluated.</summary>
/// <param name="Manifest">The sealed dataset version.</param>
/// <param name="Split">The side of its split.</param>
/// <param name="SlicesByCase">Evaluated slices of each case.</param>
internal sealed record EvaluatedSplit(
    DatasetManifest Manifest, string Split, IReadOnlyDictionary<string, int> SlicesByCase)
{
    /// <summary>How perturbations were swept; null where they were not.</summary>
    public RobustnessInformation? Robustness { get; init; }

    /// <summary>Evaluated slices that are on another side too; null where they were not searched for.</summary>
    public NearDuplicates? NearDuplicates { get; init; }
}
