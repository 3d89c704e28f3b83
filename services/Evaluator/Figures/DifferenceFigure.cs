using OrganSeg.Evaluator.Reports;
using OrganSeg.Evaluator.Statistics;
using ScottPlot;

namespace OrganSeg.Evaluator.Figures;

/// <summary>
/// Two models on the same patients: the difference of a patient's F1 as a dot, and beside the dots of an organ their mean
/// with its 95 % interval.
/// </summary>
internal static class DifferenceFigure
{
    private const int OrganPixels = 150;
    private const int PlotHeight = 360;
    private const int Sides = 80;
    private const double Beside = 0.34;
    private const float DotSize = 8;
    private const double Least = 0.02;

    /// <summary>A patient in whom either F1 is undefined has no dot; an organ without one stays empty.</summary>
    /// <param name="pair">Who is compared, with the intervals.</param>
    /// <param name="scores">Each organ's scores, in the order of the pair's organs.</param>
    public static FigureSheet Of(ModelPair pair, IReadOnlyList<PairedScores> scores)
    {
        var plot = FigureStyle.NewPlot("", "", "difference of F1 per patient");
        double[][] differences = [.. scores.Select(organ => organ.Pairs.Select(both => both.First - both.Second).ToArray())];
        var reach = 1.12 * pair.Organs
            .SelectMany(organ => new[] { organ.MeanDifference.Low, organ.MeanDifference.High })
            .OfType<double>()
            .Concat(differences.SelectMany(of => of))
            .Select(Math.Abs)
            .Append(Least)
            .Max();
        var width = Math.Max(588, Sides + scores.Count * OrganPixels);
        plot.Axes.SetLimits(-0.5, scores.Count - 0.5, -reach, reach);
        plot.NameBottom(scores.Select((organ, o) => ((double)o, $"{organ.Organ}\nn = {organ.Pairs.Count}")));
        plot.Stroke(-0.5, 0, scores.Count - 0.5, 0, FigureStyle.Soft);
        var step = (DotSize + 1) * scores.Count / (width - Sides);
        for (var o = 0; o < scores.Count; o++)
        {
            var steps = Swarm.Steps(differences[o], DotSize * 2 * reach / (PlotHeight - 60), (int)(0.25 / step));
            for (var i = 0; i < steps.Length; i++)
            {
                plot.Mark(o + steps[i] * step, differences[o][i], MarkerShape.FilledCircle, DotSize, FigureStyle.Organ(o));
            }

            if (pair.Organs[o].MeanDifference is { Estimate: { } mean } interval)
            {
                plot.Whisker(o + Beside, interval.Low, interval.High, 0.04, FigureStyle.Ink);
                plot.Mark(o + Beside, mean, MarkerShape.FilledDiamond, 10, FigureStyle.Ink);
            }
        }

        plot.Write($"{pair.First} better", -0.48, reach, Alignment.UpperLeft, FigureStyle.Soft);
        plot.Write($"{pair.Second} better", -0.48, -reach, Alignment.LowerLeft, FigureStyle.Soft);
        return new FigureSheet($"F1 by patient ({FigureStyle.Counted(scores.Max(organ => organ.Pairs.Count), "patient")}): {pair.First} − {pair.Second}", [plot], (width, PlotHeight))
        {
            Legend =
            [
                .. FigureStyle.Organs(scores.Select(organ => organ.Organ), LegendMark.Dot),
                new LegendEntry("mean, 95 % interval", FigureStyle.Ink, LegendMark.Interval),
            ],
        };
    }
}
