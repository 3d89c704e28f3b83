using System.Numerics;

namespace OrganSeg.Evaluator.Surfaces;

/// <summary>
/// The surface at the corners between voxels, as Nikolov et al. 2021 (arXiv:1809.04430) take it: a corner is a site when the
/// organ is on some of the voxels around it and not on all, and carries the area that <see cref="SurfelAreas"/> gives.
/// </summary>
internal sealed class CornerSites(OrganMask mask, double[] areas) : ISites
{
    private readonly bool _planar = mask.Grid.IsPlanar;

    public int Width => mask.Box.Width + 1;

    public int Height => mask.Box.Height + 1;

    public int Depth => _planar ? 1 : mask.Box.Depth + 1;

    public double[] Weights => areas;

    public (int First, int Last) Row(int plane, int row, Span<byte> codes, SiteRows buffers)
    {
        var count = _planar ? 2 : 4;
        var (first, last) = (int.MaxValue, -1);
        for (var i = 0; i < count; i++)
        {
            var (from, to) = mask.Row(PlaneOf(i), RowOf(i));
            if (from <= to)
            {
                (first, last) = (Math.Min(first, from), Math.Max(last, to));
            }
        }

        if (first > last)
        {
            return (1, 0);
        }

        // Corners are numbered by the voxel after them.
        (first, last) = (first - mask.Box.Left, last - mask.Box.Left + 1);
        for (var i = 0; i < count; i++)
        {
            buffers.Fill(i, mask, PlaneOf(i), RowOf(i), first, last);
        }

        for (var x = first; x <= last; x += Vector<byte>.Count)
        {
            var code = Vector<byte>.Zero;
            for (var i = count - 1; i >= 0; i--)
            {
                var voxels = buffers[i];
                code = code + code + new Vector<byte>(voxels[(x + 1)..]);
                code = code + code + new Vector<byte>(voxels[x..]);
            }

            code.CopyTo(codes[x..]);
        }

        return (first, last);

        int PlaneOf(int i) => _planar ? 0 : mask.Box.First + plane - 1 + (i >> 1);

        int RowOf(int i) => mask.Box.Top + row - 1 + (i & 1);
    }
}
