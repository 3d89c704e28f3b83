namespace OrganSeg.Evaluator.Surfaces;

/// <summary>
/// The surface as voxels, as MedPy takes it: those of the organ with a neighbour across a face that is outside it, or
/// outside the map. Each counts one.
/// </summary>
internal sealed class VoxelSites(OrganMask mask) : ISites
{
    private static readonly double[] One = [0, 1];

    private static readonly (int Plane, int Row)[] Around = [(0, 0), (0, -1), (0, 1), (-1, 0), (1, 0)];

    public int Width => mask.Box.Width;

    public int Height => mask.Box.Height;

    public int Depth => mask.Box.Depth;

    public double[] Weights => One;

    public (int First, int Last) Row(int plane, int row, Span<byte> codes, SiteRows buffers)
    {
        var (from, to) = mask.Row(mask.Box.First + plane, mask.Box.Top + row);
        if (from > to)
        {
            return (1, 0);
        }

        var (first, last) = (from - mask.Box.Left, to - mask.Box.Left);
        var count = mask.Grid.IsPlanar ? 3 : Around.Length;
        for (var i = 0; i < count; i++)
        {
            var (planes, rows) = Around[i];
            buffers.Fill(i, mask, mask.Box.First + plane + planes, mask.Box.Top + row + rows, first, last);
        }

        var own = buffers[0];
        for (var x = first; x <= last; x++)
        {
            // Voxel x is at x + 1, after the margin.
            var inside = own[x] & own[x + 2];
            for (var i = 1; i < count; i++)
            {
                inside &= buffers[i][x + 1];
            }

            codes[x] = (byte)(own[x + 1] & (1 - inside));
        }

        return (first, last);
    }
}
