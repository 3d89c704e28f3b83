namespace OrganSeg.Evaluator.Surfaces;

/// <summary>Distances between neighbouring voxels in millimetres, or in whatever unit distances are wanted in.</summary>
/// <param name="Column">From one column to the next.</param>
/// <param name="Row">From one row to the next.</param>
/// <param name="Plane">From one plane to the next; of no account in an image.</param>
internal readonly record struct GridSpacing(double Column, double Row, double Plane)
{
    /// <summary>Distances count voxels.</summary>
    public static GridSpacing Unit => new(1, 1, 1);
}
