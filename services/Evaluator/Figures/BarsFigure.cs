using OrganSeg.Evaluator.Reports;
using OrganSeg.Imaging.Figures;
using ScottPlot;

namespace OrganSeg.Evaluator.Figures;

/// <summary>F1 of each organ, pooled over all pixels, as bars with 95 % intervals; a group of bars a model.</summary>
internal static class BarsFigure
{
    private const double HalfBar = 0.42;
    private const int BarPixels = 54;
    private const int Sides = 80;

    /// <summary>A bar for each organ of each model; where F1 is undefined its place stays empty.</summary>
    /// <param name="models">At least one, of one label schema.</param>
    /// <param name="counts">How much they were scored on.</param>
    public static FigureSheet Of(IReadOnlyList<ModelReport> models, ReportCounts counts)
    {
        var plot = FigureStyle.NewPlot("", "", "F1, pooled over all pixels");
        var organs = models[0].Organs.Count;
        var group = organs + 1;
        for (var m = 0; m < models.Count; m++)
        {
            for (var o = 0; o < organs; o++)
            {
                if (models[m].Organs[o] is { Pooled.F1: { } f1 } organ)
                {
                    var (x, interval) = (m * group + o, organ.Intervals?.Pooled);
                    plot.Fill(x - HalfBar, x + HalfBar, 0, f1, FigureStyle.Organ(o), FigureStyle.Ink);
                    plot.Whisker(x, interval?.Low, interval?.High, 0.15, FigureStyle.Ink);
                    plot.Write($"{f1:F3}", x, Math.Max(f1, interval?.High ?? 0), Alignment.LowerCenter, FigureStyle.Ink);
                }
            }
        }

        var room = Math.Max(group * BarPixels, FigureText.Measure("model@1", FigureStyle.SmallSize));
        plot.NameBottom(models.Select((model, m) => (m * group + (organs - 1) / 2.0, FigureStyle.Wrap(model.Title, room - 12))));
        plot.ScoreLeft(0, 1, 0.12);
        plot.Axes.SetLimitsX(-1, models.Count * group - 1);
        var size = (Width: Math.Max(588, Sides + (int)(models.Count * room)), Height: 360);
        return new FigureSheet(
            $"F1 of each organ ({FigureStyle.Counted(counts.Patients, "patient")}, {FigureStyle.Counted(counts.Slices, "slice")})", [plot], size)
        {
            Legend =
            [
                .. FigureStyle.Organs(models[0].Organs.Select(organ => organ.Organ), LegendMark.Area),
                .. models.Any(model => model.Organs.Any(organ => organ.Intervals?.Pooled.Low is not null))
                    ? [new LegendEntry("95 % interval", FigureStyle.Ink, LegendMark.Line)]
                    : Array.Empty<LegendEntry>(),
            ],
        };
    }
}
