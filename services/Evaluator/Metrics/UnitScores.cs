using OrganSeg.Evaluator.Surfaces;

namespace OrganSeg.Evaluator.Metrics;

/// <summary>One organ in one image or patient, as it enters a mean.</summary>
/// <param name="Overlap">After the policy for absent organs.</param>
/// <param name="Distances">Between its surfaces.</param>
internal readonly record struct UnitScores(OverlapScores Overlap, DistanceScores Distances)
{
    /// <param name="counts">Of the unit.</param>
    /// <param name="surface">Of the unit.</param>
    /// <param name="policy">For undefined values.</param>
    public static UnitScores Of(PixelCounts counts, SurfaceScores surface, AbsencePolicy policy) => new(
        policy.Apply(counts.Scores() with { Nsd = surface.Nsd }, counts.IsEmpty),
        surface.Distances);
}
