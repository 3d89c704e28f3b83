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
/// <param name="Distances">Between them.</param>
internal sealed record SurfaceScores(
    double ReferenceSurface, double PredictionSurface, double ReferenceWithin, double PredictionWithin, DistanceScores Distances)
{
    /// <summary>The organ is in neither map.</summary>
    public static SurfaceScores Absent { get; } = new(0, 0, 0, 0, new DistanceScores());

    /// <summary>Surface Dice, also called normalised surface distance: the share of both surfaces within the tolerance of the
    /// other; null where there is no surface at all.</summary>
    public double? Nsd =>
        ReferenceSurface + PredictionSurface is > 0 and var all ? (ReferenceWithin + PredictionWithin) / all : null;

    /// <summary>Several images together, as for a patient: surfaces add up, so that large ones weigh more.</summary>
    public static SurfaceScores Of(IReadOnlyList<SurfaceScores> images) => new(
        images.Sum(image => image.ReferenceSurface),
        images.Sum(image => image.PredictionSurface),
        images.Sum(image => image.ReferenceWithin),
        images.Sum(image => image.PredictionWithin),
        DistanceScores.Of([.. images.Select(image => image.Distances)]));
}
