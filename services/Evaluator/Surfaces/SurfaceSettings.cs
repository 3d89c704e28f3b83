namespace OrganSeg.Evaluator.Surfaces;

/// <summary>How surfaces are measured.</summary>
internal sealed class SurfaceSettings
{
    private readonly double[] _lengths;
    private readonly double[] _areas;

    /// <param name="spacing">Of the voxels; every value is above 0.</param>
    /// <param name="tolerance">Distance, in the unit of the spacing, up to which a piece of surface counts as right.</param>
    public SurfaceSettings(GridSpacing spacing, double tolerance)
    {
        (Spacing, Tolerance) = (spacing, tolerance);
        _lengths = SurfelAreas.OfImage(spacing);
        _areas = SurfelAreas.OfVolume(spacing);
    }

    public GridSpacing Spacing { get; }

    public double Tolerance { get; }

    /// <summary>How much surface a corner carries, by its code.</summary>
    public double[] AreasOf(LabelGrid grid) => grid.IsPlanar ? _lengths : _areas;
}
