namespace OrganSeg.Imaging.Dicom;

/// <summary>From DICOM's patient coordinates, +x to the left and +y to the back, to NIfTI's, to the right and to the front.</summary>
internal static class DicomPlane
{
    /// <summary>Where voxel (column, row, slice) lies: row-major 3×4, mm.</summary>
    /// <param name="position">Centre of the first pixel of the first slice, mm.</param>
    /// <param name="orientation">Unit vectors along a row, then along a column.</param>
    /// <param name="spacing">Distance of rows, then of columns, mm.</param>
    /// <param name="step">From slice to slice, mm.</param>
    public static double[] Affine(double[] position, double[] orientation, double[] spacing, double[] step)
    {
        double[] affine =
        [
            -orientation[0] * spacing[1], -orientation[3] * spacing[0], -step[0], -position[0],
            -orientation[1] * spacing[1], -orientation[4] * spacing[0], -step[1], -position[1],
            orientation[2] * spacing[1], orientation[5] * spacing[0], step[2], position[2],
        ];
        // Adding zero makes a plain zero of a negative one.
        return [.. affine.Select(value => value + 0.0)];
    }

    /// <summary>Row cross column direction.</summary>
    public static double[] Normal(double[] orientation) =>
    [
        (orientation[1] * orientation[5]) - (orientation[2] * orientation[4]),
        (orientation[2] * orientation[3]) - (orientation[0] * orientation[5]),
        (orientation[0] * orientation[4]) - (orientation[1] * orientation[3]),
    ];

    /// <summary>Place along a direction, mm.</summary>
    public static double Along(double[] position, double[] direction) =>
        (position[0] * direction[0]) + (position[1] * direction[1]) + (position[2] * direction[2]);

    /// <summary>Whether any number is further from its counterpart.</summary>
    public static bool Differs(double[] left, double[] right, double tolerance) =>
        left.Zip(right).Any(pair => Math.Abs(pair.First - pair.Second) > tolerance);
}
