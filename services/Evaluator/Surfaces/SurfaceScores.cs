namespace OrganSeg.Evaluator.Surfaces;

/// <summary>
/// How far apart two surfaces are. Definitions follow Metrics Reloaded (Maier-Hein et al. 2024, Nature Methods 21) and, for
/// what a surface is, Nikolov et al. 2021 (arXiv:1809.04430): every corner between voxels counts by its area (in an image,
/// by its length). Where one map lacks the organ there is no distance, and the surface Dice is 0.
/// </summary>
/// <param name="ReferenceSurface">All of the reference's, in squares of the unit (in an image, in units).</param>
/// <param name="PredictionSurface">Likewise the prediction's.</param>
/// <param name="ReferenceWithin">How much of the reference's surface is within the tolerance of the prediction's.</param>
/// <param name="PredictionWithin">Likewise the other way.</param>
internal sealed record SurfaceScores(
    double ReferenceSurface, double PredictionSurface, double ReferenceWithin, double PredictionWithin)
{
    /// <summary>The organ is in neither map.</summary>
    public static SurfaceScores Absent { get; } = new(0, 0, 0, 0);

    /// <summary>Surface Dice, also called normalised surface distance: the share of both surfaces within the tolerance of the
    /// other; null where there is no surface at all.</summary>
    public double? Nsd =>
        ReferenceSurface + PredictionSurface is > 0 and var all ? (ReferenceWithin + PredictionWithin) / all : null;

    /// <summary>Hausdorff distance: the largest distance from either surface to the other.</summary>
    public double? Hd { get; init; }

    /// <summary>The larger of the 95th percentiles of both directions.</summary>
    public double? Hd95 { get; init; }

    /// <summary>The 95th percentile of both directions in one heap, from voxels of the border to voxels of the border, as MedPy's
    /// hd95 has it. It is smaller than <see cref="Hd95"/> where one direction is worse than the other.</summary>
    public double? Hd95Medpy { get; init; }

    /// <summary>Average symmetric surface distance: both directions together, by surface.</summary>
    public double? Assd { get; init; }

    /// <summary>Average distance from the reference's surface to the prediction's.</summary>
    public double? ReferenceToPrediction { get; init; }

    /// <summary>Average distance from the prediction's surface to the reference's.</summary>
    public double? PredictionToReference { get; init; }
}
