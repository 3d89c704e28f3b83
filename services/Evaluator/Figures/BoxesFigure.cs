using MathNet.Numerics.Statistics;
using OrganSeg.Evaluator.Reports;
using ScottPlot;

namespace OrganSeg.Evaluator.Figures;

/// <summary>
/// The patients' F1, a plot for each organ and in it a box for each model, with every patient as a dot over it. Below five
/// patients quartiles say nothing, so there is a line at the median and no box.
/// </summary>
internal static class BoxesFigure
{
    /// <summary>Fewest patients of a box.</summary>
    public const int FewestOfBox = 5;

    private const int PlotHeight = 320;
    private const int WidestSheet = 1240;
    private const double HalfBox = 0.28;
    private const double Room = 0.03;
    private const float DotSize = 7;

    /// <summary>A plot for each organ; a patient whose F1 is undefined has no dot.</summary>
    /// <param name="models">At least one, of one label schema.</param>
    public static FigureSheet Of(IReadOnlyList<ModelReport> models)
    {
        var organs = models[0].Organs;
        var values = models.SelectMany(model => model.Organs).SelectMany(organ => organ.Patients).Select(patient => patient.F1).OfType<double>();
        var low = Math.Min(0.8, Math.Floor(10 * values.DefaultIfEmpty(0).Min() - 0.01) / 10);
        low = Math.Max(low, 0);
        var width = Math.Max(280, 76 + models.Count * 108);
        var plots = organs.Select((organ, o) => PlotOf(organ.Organ, o, models, low, width)).ToList();
        var patients = organs.Count == 0 ? 0 : organs.Max(organ => organ.Patients.Count);
        return new FigureSheet($"F1 of each patient ({FigureStyle.Counted(patients, "patient")})", plots, (width, PlotHeight))
        {
            Columns = Math.Max(1, WidestSheet / width),
            Legend =
            [
                new LegendEntry("a patient", FigureStyle.Soft, LegendMark.Dot),
                new LegendEntry("median", FigureStyle.Ink, LegendMark.Line),
                .. organs.Any(organ => organ.Patients.Count >= FewestOfBox)
                    ? [new LegendEntry("quartiles", FigureStyle.Rule, LegendMark.Area)]
                    : Array.Empty<LegendEntry>(),
            ],
        };
    }

    private static Plot PlotOf(string organ, int index, IReadOnlyList<ModelReport> models, double low, int width)
    {
        double[][] values = [.. models.Select(model => model.Organs[index].Patients.Select(patient => patient.F1).OfType<double>().ToArray())];
        var counts = values.Select(of => of.Length).Distinct().ToList();
        var plot = FigureStyle.NewPlot(
            $"{organ} (n = {string.Join(", ", counts.Count == 1 ? counts : values.Select(of => of.Length))})", "", "F1 per patient");
        plot.ScoreLeft(low, 1, Room * (1 - low), Room * (1 - low));
        plot.Axes.SetLimitsX(-0.6, models.Count - 0.4);
        plot.NameBottom(models.Select((model, m) => ((double)m, FigureStyle.Wrap(model.Title, 100))));
        // Of the height that is left to the data, about.
        var diameter = DotSize * (1 + 2 * Room) * (1 - low) / (PlotHeight - 90);
        var step = (DotSize + 1) * (models.Count + 0.2) / (width - 76);
        for (var m = 0; m < models.Count; m++)
        {
            Box(plot, m, values[m], FigureStyle.Organ(index));
            var steps = Swarm.Steps(values[m], diameter, (int)(0.45 / step));
            for (var i = 0; i < steps.Length; i++)
            {
                plot.Mark(m + steps[i] * step, values[m][i], MarkerShape.FilledCircle, DotSize, FigureStyle.Organ(index));
            }
        }

        return plot;
    }

    private static void Box(Plot plot, double x, double[] values, Color colour)
    {
        if (values.Length == 0)
        {
            return;
        }

        var median = values.Median();
        if (values.Length >= FewestOfBox)
        {
            var lower = values.QuantileCustom(0.25, QuantileDefinition.R7);
            var upper = values.QuantileCustom(0.75, QuantileDefinition.R7);
            // Tukey's whiskers: the outermost values within one and a half boxes of the box.
            var reach = 1.5 * (upper - lower);
            var bottom = values.Where(value => value >= lower - reach).Min();
            var top = values.Where(value => value <= upper + reach).Max();
            plot.Stroke(x, bottom, x, lower, FigureStyle.Soft);
            plot.Stroke(x, upper, x, top, FigureStyle.Soft);
            plot.Stroke(x - HalfBox / 2, bottom, x + HalfBox / 2, bottom, FigureStyle.Soft);
            plot.Stroke(x - HalfBox / 2, top, x + HalfBox / 2, top, FigureStyle.Soft);
            plot.Fill(x - HalfBox, x + HalfBox, lower, upper, colour.WithAlpha(0.25), FigureStyle.Soft);
        }

        plot.Stroke(x - HalfBox, median, x + HalfBox, median, FigureStyle.Ink, 2.5f);
    }
}
