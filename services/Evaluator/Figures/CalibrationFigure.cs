using OrganSeg.Evaluator.Statistics;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace OrganSeg.Evaluator.Figures;

/// <summary>
/// Reliability diagrams, a plot for each organ: accuracy over confidence, which a calibrated model keeps on the diagonal, and
/// below it how many pixels there are of each confidence.
/// </summary>
internal static class CalibrationFigure
{
    private const double StripBottom = -0.26;
    private const double StripHeight = 0.2;
    private const int MostColumns = 4;

    private static readonly double[] Ticks = [0, 0.2, 0.4, 0.6, 0.8, 1];

    /// <summary>A bin without a pixel has neither bar nor dot.</summary>
    /// <param name="model">Its title.</param>
    /// <param name="organs">At least one.</param>
    public static FigureSheet Of(string model, IReadOnlyList<OrganCalibration> organs)
    {
        var pixels = organs.Sum(organ => organ.Bins.Sum(bin => bin.Count));
        return new FigureSheet(
            $"Calibration of {model} (n = {FigureStyle.Count(pixels)} pixels)",
            [.. organs.Select(PlotOf)],
            (300, 350))
        {
            Columns = MostColumns,
            Legend =
            [
                new LegendEntry("accuracy of a bin", FigureStyle.Soft, LegendMark.Area),
                new LegendEntry("mean confidence and accuracy", FigureStyle.Ink, LegendMark.Dot),
                new LegendEntry("distance between them", FigureStyle.Alarm, LegendMark.Line),
                new LegendEntry("calibrated", FigureStyle.Soft, LegendMark.Dash),
                new LegendEntry("pixels, of the fullest bin", FigureStyle.Rule, LegendMark.Area),
            ],
        };
    }

    private static Plot PlotOf(OrganCalibration organ, int index)
    {
        var pixels = organ.Bins.Sum(bin => bin.Count);
        var most = organ.Bins.Max(bin => bin.Count);
        var plot = FigureStyle.NewPlot($"{organ.Organ} (n = {FigureStyle.Count(pixels)})", "confidence", "accuracy");
        string[] labels = [.. Ticks.Select(tick => $"{tick:F1}")];
        plot.Axes.Left.TickGenerator = new NumericManual(Ticks, labels);
        plot.Axes.Bottom.TickGenerator = new NumericManual(Ticks, labels);
        plot.Axes.SetLimits(0, 1, StripBottom, 1.02);
        foreach (var bin in organ.Bins)
        {
            Draw(plot, bin, most, FigureStyle.Organ(index));
        }

        plot.Stroke(0, 0, 1, 0, FigureStyle.Soft, 1);
        plot.Stroke(0, 0, 1, 1, FigureStyle.Soft, 1.5f, LinePattern.Dashed);
        foreach (var bin in organ.Bins)
        {
            if (bin is { Confidence: { } confidence, Accuracy: { } accuracy })
            {
                plot.Stroke(confidence, confidence, confidence, accuracy, FigureStyle.Alarm, 2);
                plot.Mark(confidence, accuracy, MarkerShape.FilledCircle, 6, FigureStyle.Organ(index));
            }
        }

        if (organ.ExpectedError is { } error)
        {
            plot.Write($"ECE {error:F3}", 0.04, 0.97, Alignment.UpperLeft, FigureStyle.Ink);
        }

        return plot;
    }

    private static void Draw(Plot plot, ReliabilityBin bin, long most, Color colour)
    {
        if (bin.Accuracy is not { } accuracy)
        {
            return;
        }

        plot.Fill(bin.From, bin.To, 0, accuracy, colour.WithAlpha(0.35), Colors.White);
        plot.Fill(bin.From, bin.To, StripBottom, StripBottom + StripHeight * bin.Count / most, FigureStyle.Rule, FigureStyle.Soft);
    }
}
