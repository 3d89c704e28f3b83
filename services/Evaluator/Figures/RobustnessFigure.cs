using OrganSeg.Evaluator.Robustness;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace OrganSeg.Evaluator.Figures;

/// <summary>
/// A model on perturbed slices, a plot for each perturbation: pooled F1 over severity, a line for each organ, with a cross
/// where the organ first falls below its bound.
/// </summary>
internal static class RobustnessFigure
{
    private const int MostColumns = 3;

    /// <summary>An undefined F1 interrupts its line.</summary>
    /// <param name="model">Its title.</param>
    /// <param name="curves">At least one.</param>
    /// <param name="sweep">How they were made.</param>
    public static FigureSheet Of(string model, IReadOnlyList<RobustnessCurve> curves, RobustnessInformation sweep) => new(
        $"Robustness of {model} ({FigureStyle.Counted(sweep.Patients, "patient")}, {FigureStyle.Counted(sweep.Slices, "slice")})",
        [.. curves.Select(PlotOf)],
        (370, 270))
    {
        Columns = MostColumns,
        Legend =
        [
            .. FigureStyle.Organs(curves[0].Organs.Select(organ => organ.Organ), LegendMark.Line),
            new LegendEntry($"falls below {100 * sweep.KeptShare:0.##} % of its unperturbed F1", FigureStyle.Ink, LegendMark.Cross),
        ],
    };

    private static Plot PlotOf(RobustnessCurve curve)
    {
        var plot = FigureStyle.NewPlot(curve.Perturbation, $"severity ({curve.Unit})", "F1, pooled");
        plot.ScoreLeft(0, 1, 0.05, 0.04);
        var (first, last) = (curve.Severities[0], curve.Severities[^1]);
        var room = last > first ? 0.04 * (last - first) : 1;
        plot.Axes.SetLimitsX(first - room, last + room);
        plot.Axes.Bottom.TickGenerator = new NumericManual([.. curve.Severities], [.. curve.Severities.Select(FigureStyle.Number)]);
        for (var o = 0; o < curve.Organs.Count; o++)
        {
            Line(plot, curve.Severities, curve.Organs[o].F1, FigureStyle.Organ(o));
        }

        // Crosses last, or a later line would hide them.
        foreach (var organ in curve.Organs)
        {
            if (organ is { BreakPoint: { } at, Bound: { } bound })
            {
                var cross = plot.Add.Marker(at, bound, MarkerShape.Eks, 11, FigureStyle.Ink);
                cross.MarkerLineWidth = 2;
            }
        }

        return plot;
    }

    private static void Line(Plot plot, IReadOnlyList<double> severities, IReadOnlyList<double?> f1, Color colour)
    {
        for (var i = 0; i < severities.Count; i++)
        {
            if (f1[i] is not { } value)
            {
                continue;
            }

            if (i > 0 && f1[i - 1] is { } before)
            {
                plot.Stroke(severities[i - 1], before, severities[i], value, colour, 2.2f);
            }

            plot.Mark(severities[i], value, MarkerShape.FilledCircle, 6, colour);
        }
    }
}
