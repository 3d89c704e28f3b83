using OrganSeg.Imaging.Volumes;

namespace OrganSeg.Ingest.Import;

/// <summary>Whether two volumes are of the same voxels of the patient, in whatever order their files have them.</summary>
internal static class GridMatch
{
    private const double ToleranceMm = 1e-3;

    /// <summary>Says how they differ; null when they do not.</summary>
    public static string? Difference(VolumeGeometry image, VolumeGeometry labels)
    {
        if (Lengths(image) != Lengths(labels))
        {
            return $"{Shown(image)} voxels against {Shown(labels)}";
        }

        var most = Grid(image).Zip(Grid(labels), (one, other) => Math.Abs(one - other)).Max();
        return most > ToleranceMm
            ? FormattableString.Invariant($"their voxels lie apart (affines differ by {most:0.####} mm)")
            : null;
    }

    private static (int Columns, int Rows, int Slices) Lengths(VolumeGeometry geometry) =>
        (geometry.Columns.Length, geometry.Rows.Length, geometry.Slices.Length);

    private static string Shown(VolumeGeometry geometry) =>
        $"{geometry.Columns.Length}×{geometry.Rows.Length}×{geometry.Slices.Length}";

    /// <summary>The steps from column to column, row to row and slice to slice, and the place of the first pixel of the lowest
    /// slice; mm, twelve numbers.</summary>
    private static IEnumerable<double> Grid(VolumeGeometry geometry)
    {
        VolumeAxis[] axes = [geometry.Columns, geometry.Rows, geometry.Slices];
        for (var world = 0; world < 3; world++)
        {
            var row = 4 * world;
            var first = geometry.Affine[row + 3];
            foreach (var axis in axes)
            {
                var step = geometry.Affine[row + axis.Index];
                first += step * axis.At(0);
                yield return axis.Reversed ? -step : step;
            }

            yield return first;
        }
    }
}
