using System.Runtime.InteropServices;

namespace OrganSeg.Evaluator.Surfaces;

/// <summary>
/// The exact Euclidean distance from any point of a box to the nearest site, on a grid whose axes have different spacings.
/// Kept is, for every point, which site of its own plane is nearest, found along rows and then along columns by the lower
/// envelope of parabolas (Felzenszwalb and Huttenlocher 2012, Theory of Computing 8); the third axis is searched only for the
/// points that are asked about, from their plane outwards, until no plane can be nearer. Four bytes a point, and the distance
/// is computed from whole numbers of voxels: it has no error but that of the last square root.
/// </summary>
internal sealed class SiteField
{
    private readonly Offset[] _nearest;
    private readonly bool[] _hasSites;
    private readonly double[] _columns;
    private readonly double[] _rows;
    private readonly double[] _planes;
    private readonly int _width;
    private readonly int _height;

    private SiteField(ISites sites, GridSpacing spacing, SurfaceWorkspace workspace)
    {
        (_width, _height) = (sites.Width, sites.Height);
        _nearest = workspace.Offsets(checked(_width * _height * sites.Depth));
        _hasSites = new bool[sites.Depth];
        (_columns, _rows, _planes) = (Squares(_width, spacing.Column), Squares(_height, spacing.Row), Squares(sites.Depth, spacing.Plane));
    }

    /// <summary>Finds the nearest sites.</summary>
    /// <param name="sites">At least one.</param>
    /// <param name="spacing">Of the grid.</param>
    /// <param name="workspace">Its memory is the field's until the next field is made with it.</param>
    /// <param name="concurrency">Cores to use.</param>
    public static SiteField Of(ISites sites, GridSpacing spacing, SurfaceWorkspace workspace, Concurrency concurrency)
    {
        var field = new SiteField(sites, spacing, workspace);
        concurrency.For(sites.Depth, plane =>
        {
            var scratch = workspace.Rent(sites.Width, sites.Height);
            field._hasSites[plane] = field.FillRows(sites, plane, scratch) && field.FillColumns(plane, spacing, scratch);
            workspace.Return(scratch);
        });
        return field;
    }

    /// <summary>The distance to the nearest site, in the unit of the spacing.</summary>
    public double DistanceFrom(int plane, int row, int column)
    {
        var best = double.PositiveInfinity;
        var place = (row * _width) + column;
        var size = _width * _height;
        for (var away = 0; away < _planes.Length && _planes[away] < best; away++)
        {
            if (plane + away < _planes.Length)
            {
                best = Math.Min(best, Through(plane + away, away));
            }

            if (away > 0 && plane >= away)
            {
                best = Math.Min(best, Through(plane - away, away));
            }
        }

        return Math.Sqrt(best);

        double Through(int other, int away)
        {
            if (!_hasSites[other])
            {
                return double.PositiveInfinity;
            }

            var nearest = _nearest[(other * size) + place];
            return _planes[away] + _rows[Math.Abs(nearest.Row)] + _columns[Math.Abs(nearest.Column)];
        }
    }

    private static double[] Squares(int count, double spacing)
    {
        var squares = new double[count];
        for (var i = 0; i < count; i++)
        {
            squares[i] = i * spacing * (i * spacing);
        }

        return squares;
    }

    /// <summary>Each point of a row with sites learns of the nearest one in it.</summary>
    private bool FillRows(ISites sites, int plane, FieldScratch scratch)
    {
        scratch.RowCount = 0;
        var codes = scratch.Codes.AsSpan();
        var weights = sites.Weights;
        for (var row = 0; row < _height; row++)
        {
            var (first, last) = sites.Row(plane, row, codes, scratch.Masks);
            var before = -1;
            var nearest = PlaneOf(plane).Slice(row * _width, _width);
            for (var x = first; x <= last; x++)
            {
                if (weights[codes[x]] > 0)
                {
                    FillBetween(nearest, before, x);
                    before = x;
                }
            }

            if (before >= 0)
            {
                FillBetween(nearest, before, _width);
                scratch.Rows[scratch.RowCount++] = row;
            }
        }

        return scratch.RowCount > 0;
    }

    /// <summary>From one site, or the start of the row (-1), to before the next one, or the end of the row.</summary>
    private static void FillBetween(Span<Offset> row, int before, int next)
    {
        var middle = before < 0 ? 0 : next == row.Length ? next : before + ((next - before) / 2) + 1;
        for (var x = Math.Max(before, 0); x < middle; x++)
        {
            row[x].Column = (short)(x - before);
        }

        for (var x = middle; x < next; x++)
        {
            row[x].Column = (short)(next - x);
        }
    }

    /// <summary>Each point of the plane learns of the nearest site in it, which lies in one of the rows with sites.</summary>
    private bool FillColumns(int plane, GridSpacing spacing, FieldScratch scratch)
    {
        var (rows, heights, hull, starts, columns) = (scratch.Rows, scratch.Heights, scratch.Hull, scratch.Starts, scratch.Columns);
        var count = scratch.RowCount;
        var nearest = PlaneOf(plane);
        var perRow = 1 / (spacing.Row * spacing.Row);
        for (var x = 0; x < _width; x++)
        {
            for (var i = 0; i < count; i++)
            {
                columns[i] = nearest[(rows[i] * _width) + x].Column;
                heights[i] = (_columns[columns[i]] * perRow) + ((double)rows[i] * rows[i]);
            }

            var top = 0;
            (hull[0], starts[0]) = (0, double.NegativeInfinity);
            for (var i = 1; i < count; i++)
            {
                var start = Crossing(i, hull[top]);
                while (start <= starts[top])
                {
                    top--;
                    start = Crossing(i, hull[top]);
                }

                top++;
                (hull[top], starts[top]) = (i, start);
            }

            starts[top + 1] = double.PositiveInfinity;
            var place = 0;
            for (var y = 0; y < _height; y++)
            {
                while (starts[place + 1] < y)
                {
                    place++;
                }

                nearest[(y * _width) + x] = new Offset { Column = columns[hull[place]], Row = (short)(rows[hull[place]] - y) };
            }
        }

        return true;

        // Where the parabola of a lower row begins to be the lower one.
        double Crossing(int lower, int upper) => (heights[lower] - heights[upper]) * scratch.Halves[rows[lower] - rows[upper]];
    }

    private Span<Offset> PlaneOf(int plane) => _nearest.AsSpan(plane * _width * _height, _width * _height);

    /// <summary>From a point to a site: columns (without sign), and rows.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal struct Offset
    {
        public short Column;
        public short Row;
    }
}
