namespace OrganSeg.Evaluator.Surfaces;

/// <summary>
/// How much surface a corner between voxels carries. A corner is named by which of the voxels around it are inside: bit
/// x + 2y + 4z for the voxel at (x, y, z), each 0 or 1. The surface is the one of marching cubes (Lorensen and Cline 1987)
/// with vertices half-way along the edges, as Nikolov et al. 2021 (arXiv:1809.04430) use it for the surface Dice: the same
/// areas come out of their surface-distance package. No area depends on the direction of an axis, their order, or which
/// side is inside, so that fourteen patterns stand for all 256.
/// </summary>
internal static class SurfelAreas
{
    /// <summary>Patterns of eight voxels, with the normals of their triangles as (plane, row, column) in eighths; the length
    /// of a normal is the area at unit spacing.</summary>
    private static readonly (int Code, (int Z, int Y, int X)[] Normals)[] Patterns =
    [
        (1, [(1, 1, 1)]),
        (3, [(2, 2, 0), (2, 2, 0)]),
        (6, [(1, 1, 1), (1, 1, 1)]),
        (7, [(1, 1, 1), (2, 2, 2), (4, 0, 0)]),
        (15, [(4, 0, 0), (4, 0, 0)]),
        (22, [(1, 1, 1), (1, 1, 1), (1, 1, 1)]),
        (23, [(1, 1, 1), (1, 1, 1), (2, 2, 2), (2, 2, 2)]),
        (24, [(1, 1, 1), (1, 1, 1)]),
        (25, [(0, 2, 2), (0, 2, 2), (1, 1, 1)]),
        (27, [(0, 2, 2), (1, 1, 1), (2, 0, 2), (3, 3, 3)]),
        (30, [(1, 1, 1), (1, 1, 1), (2, 2, 2), (4, 0, 0)]),
        (60, [(2, 2, 0), (2, 2, 0), (2, 2, 0), (2, 2, 0)]),
        (105, [(1, 1, 1), (1, 1, 1), (1, 1, 1), (1, 1, 1)]),
    ];

    private static readonly int[][] AxisOrders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

    private static readonly (int A0, int A1, int A2)[][] Normals = Expand();

    /// <summary>The area at each of the 256 patterns around a corner of a volume, in squares of the spacing's unit; 0 where all
    /// voxels are on one side, and only there.</summary>
    public static double[] OfVolume(GridSpacing spacing) => [.. Normals.Select(normals => normals.Sum(normal => Norm(
        normal.A0 * spacing.Row * spacing.Column,
        normal.A1 * spacing.Plane * spacing.Column,
        normal.A2 * spacing.Plane * spacing.Row) / 8))];

    /// <summary>The length at each of the 16 patterns around a corner of an image, in the spacing's unit.</summary>
    public static double[] OfImage(GridSpacing spacing)
    {
        var diagonal = Norm(spacing.Row, spacing.Column, 0) / 2;
        return [.. Enumerable.Range(0, 16).Select(code => int.PopCount(code) switch
        {
            0 or 4 => 0,
            1 or 3 => diagonal,
            // Two across, two in a row, two in a column.
            _ => code is 0b0110 or 0b1001 ? 2 * diagonal : code is 0b0011 or 0b1100 ? spacing.Column : spacing.Row,
        })];
    }

    private static double Norm(double a, double b, double c) => Math.Sqrt((a * a) + (b * b) + (c * c));

    private static (int A0, int A1, int A2)[][] Expand()
    {
        var all = new (int, int, int)[256][];
        (all[0], all[255]) = ([], []);
        foreach (var (code, normals) in Patterns)
        {
            foreach (var order in AxisOrders)
            {
                (int, int, int)[] turned = [.. normals.Select(normal =>
                {
                    int[] parts = [normal.Z, normal.Y, normal.X];
                    return (parts[order[0]], parts[order[1]], parts[order[2]]);
                })];
                for (var mirrored = 0; mirrored < 8; mirrored++)
                {
                    var pattern = Turn(code, order, mirrored);
                    (all[pattern], all[255 - pattern]) = (turned, turned);
                }
            }
        }

        return all;
    }

    /// <summary>The pattern with its axes (plane, row, column) in another order and some of them mirrored.</summary>
    private static int Turn(int code, int[] order, int mirrored)
    {
        var turned = 0;
        for (var voxel = 0; voxel < 8; voxel++)
        {
            if ((code >> voxel & 1) == 1)
            {
                int[] place = [voxel >> 2 & 1, voxel >> 1 & 1, voxel & 1];
                turned |= 1 << (((place[order[0]] << 2) | (place[order[1]] << 1) | place[order[2]]) ^ mirrored);
            }
        }

        return turned;
    }
}
