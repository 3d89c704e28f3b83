using OrganSeg.Evaluator.Reports;
using OrganSeg.Imaging.Figures;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace OrganSeg.Evaluator.Figures;

/// <summary>A confusion matrix as a heat map: each cell the share of its row, which is a class of the reference.</summary>
internal static class ConfusionFigure
{
    private const int CellHeight = 56;
    // From here on white reads better than the dark ink.
    private const double DarkShare = 0.6;

    private static readonly Color Empty = Color.FromHex("#EEF1F4");

    /// <summary>A row without a pixel has no shares and stays grey.</summary>
    /// <param name="model">Its title.</param>
    /// <param name="matrix">Counts of pixels.</param>
    public static FigureSheet Of(string model, ConfusionReport matrix)
    {
        var classes = matrix.Classes.Count;
        var plot = FigureStyle.NewPlot("", $"{matrix.Columns}, share of the {matrix.Rows}’s row", matrix.Rows);
        plot.HideGrid();
        for (var row = 0; row < classes; row++)
        {
            var total = matrix.Pixels[row].Sum();
            for (var column = 0; column < classes; column++)
            {
                // The first row is on top, as in a table.
                Cell(plot, column, classes - 1 - row, matrix.Pixels[row][column], total);
            }
        }

        var cellWidth = (int)Math.Max(96, matrix.Classes.Max(name => FigureText.Measure(name, FigureStyle.SmallSize)) + 12);
        plot.NameBottom(matrix.Classes.Select((name, column) => ((double)column, name)));
        plot.Axes.Left.TickGenerator = new NumericManual(
            [.. Enumerable.Range(0, classes).Select(row => (double)(classes - 1 - row))], [.. matrix.Classes]);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Axes.SetLimits(-0.5, classes - 0.5, -0.5, classes - 0.5);
        var pixels = matrix.Pixels.Sum(row => row.Sum());
        return new FigureSheet(
            $"Confusion matrix of {model} (n = {FigureStyle.Count(pixels)} pixels)",
            [plot],
            (Math.Max(588, 40 + (classes + 1) * cellWidth), 80 + classes * CellHeight));
    }

    /// <summary>Colour of a cell: white at none, the accent at all of its row; the root keeps small shares visible.</summary>
    internal static Color Shade(double share) => Color.InterpolateRgb(Colors.White, FigureStyle.Accent, Math.Sqrt(share));

    private static void Cell(Plot plot, int x, int y, long pixels, long total)
    {
        var share = total == 0 ? (double?)null : (double)pixels / total;
        plot.Fill(x - 0.5, x + 0.5, y - 0.5, y + 0.5, share is { } defined ? Shade(defined) : Empty, Colors.White);
        var text = share switch
        {
            null => "–",
            > 0 and < 0.0001 => $"< 0.01 %\n{FigureStyle.Count(pixels)}",
            { } value => $"{100 * value:F2} %\n{FigureStyle.Count(pixels)}",
        };
        plot.Write(text, x, y, Alignment.MiddleCenter, share > DarkShare ? Colors.White : FigureStyle.Ink);
    }
}
