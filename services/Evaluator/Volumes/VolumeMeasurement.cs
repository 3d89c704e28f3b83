using OrganSeg.Evaluator.Metrics;
using OrganSeg.Evaluator.Surfaces;

namespace OrganSeg.Evaluator.Volumes;

/// <summary>What was measured of one prediction of a volume, and the plane of it that a report can show.</summary>
/// <param name="Confusion">Voxels by class, rows of the reference.</param>
/// <param name="Surfaces">For each class but background.</param>
/// <param name="VoxelMillilitres">Volume of a voxel.</param>
/// <param name="Width">Columns of the plane shown.</param>
/// <param name="Height">Its rows.</param>
/// <param name="Reference">Its class ids in the reference: the plane with most of all organs.</param>
/// <param name="Prediction">Its class ids in the prediction.</param>
internal sealed record VolumeMeasurement(
    long[][] Confusion,
    IReadOnlyList<SurfaceScores> Surfaces,
    double VoxelMillilitres,
    int Width,
    int Height,
    byte[] Reference,
    byte[] Prediction)
{
    public static VolumeMeasurement Of(MapScores scores, double voxelMillilitres, LabelGrid reference, LabelGrid prediction)
    {
        var shown = Enumerable.Range(0, reference.Depth).MaxBy(plane => Organs(reference.Planes[plane]));
        return new VolumeMeasurement(
            scores.Confusion.ToRows(),
            scores.Surfaces,
            voxelMillilitres,
            reference.Width,
            reference.Height,
            reference.Planes[shown],
            prediction.Planes[shown]);

        static long Organs(byte[] plane) => plane.Length - plane.AsSpan().Count((byte)0);
    }

    public MapScores Scores()
    {
        var confusion = new ConfusionMatrix(Confusion.Length);
        confusion.Add([.. Confusion.SelectMany(row => row)]);
        return new MapScores(confusion, Surfaces);
    }
}
