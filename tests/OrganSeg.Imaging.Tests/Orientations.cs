namespace OrganSeg.Imaging.Tests;

/// <summary>Affines of volumes in every orientation, row-major 3×4 in millimetres.</summary>
internal static class Orientations
{
    /// <summary>Lengths that tell the axes apart.</summary>
    public static int[] Lengths => [4, 3, 5];

    /// <summary>The 48 ways to lay three axes along the patient's, with a spacing of its own for each.</summary>
    public static IEnumerable<double[]> Straight()
    {
        double[] spacing = [0.75, 1.25, 2.5];
        int[][] orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        foreach (var order in orders)
        {
            for (var signs = 0; signs < 8; signs++)
            {
                double[] affine = [0, 0, 0, -101.3, 0, 0, 0, 57.7, 0, 0, 0, 13.1];
                for (var axis = 0; axis < 3; axis++)
                {
                    affine[(4 * order[axis]) + axis] = (signs >> axis & 1) == 0 ? spacing[axis] : -spacing[axis];
                }

                yield return affine;
            }
        }
    }

    /// <summary>20 rotations by any angle about any axis, half of them mirrored.</summary>
    public static IEnumerable<double[]> Oblique()
    {
        var random = new Random(20261127);
        for (var i = 0; i < 20; i++)
        {
            // A unit quaternion makes a rotation (Rodrigues).
            var q = Enumerable.Range(0, 4).Select(_ => (2 * random.NextDouble()) - 1).ToArray();
            var length = Math.Sqrt(q.Sum(part => part * part));
            var (a, b, c, d) = (q[0] / length, q[1] / length, q[2] / length, q[3] / length);
            var (x, y, z) = (0.6 + random.NextDouble(), 0.6 + random.NextDouble(), (1 + random.NextDouble()) * (i % 2 == 0 ? 1 : -1));
            yield return
            [
                ((a * a) + (b * b) - (c * c) - (d * d)) * x, 2 * ((b * c) - (a * d)) * y, 2 * ((b * d) + (a * c)) * z, 200 * (random.NextDouble() - 0.5),
                2 * ((b * c) + (a * d)) * x, ((a * a) + (c * c) - (b * b) - (d * d)) * y, 2 * ((c * d) - (a * b)) * z, 200 * (random.NextDouble() - 0.5),
                2 * ((b * d) - (a * c)) * x, 2 * ((c * d) + (a * b)) * y, ((a * a) + (d * d) - (b * b) - (c * c)) * z, 200 * (random.NextDouble() - 0.5),
            ];
        }
    }

    /// <summary>Where a voxel lies, mm.</summary>
    public static (double X, double Y, double Z) Place(IReadOnlyList<double> affine, int i, int j, int k) => (
        (affine[0] * i) + (affine[1] * j) + (affine[2] * k) + affine[3],
        (affine[4] * i) + (affine[5] * j) + (affine[6] * k) + affine[7],
        (affine[8] * i) + (affine[9] * j) + (affine[10] * k) + affine[11]);
}
