using OrganSeg.Evaluator.Metrics;

namespace OrganSeg.Evaluator.Surfaces;

/// <summary>What is measured of one pair of label maps.</summary>
/// <param name="Confusion">Voxels by class.</param>
/// <param name="Surfaces">For each class but background, in their order.</param>
internal sealed record MapScores(ConfusionMatrix Confusion, IReadOnlyList<SurfaceScores> Surfaces)
{
    /// <param name="reference">What is right.</param>
    /// <param name="prediction">Of the same size.</param>
    /// <param name="classes">Number of classes, with background.</param>
    /// <param name="settings">Spacing and tolerance.</param>
    /// <param name="workspace">Memory to work in; nobody else may be using it.</param>
    /// <param name="concurrency">Cores to use.</param>
    /// <exception cref="ArgumentException">The sizes differ, or a voxel is no class.</exception>
    public static MapScores Of(
        LabelGrid reference,
        LabelGrid prediction,
        int classes,
        SurfaceSettings settings,
        SurfaceWorkspace workspace,
        Concurrency concurrency)
    {
        var census = LabelCensus.Of(reference, prediction, classes, concurrency);
        return new MapScores(
            census.Confusion,
            [.. Enumerable.Range(1, classes - 1).Select(organ => OrganSurfaces.Measure(
                reference, prediction, census, (byte)organ, settings, workspace, concurrency))]);
    }
}
