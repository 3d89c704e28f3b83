using OrganSeg.Evaluator.Statistics;
using ScottPlot;

namespace OrganSeg.Evaluator.Figures;

/// <summary>
/// Agreement of predicted with reference sizes, such as volumes, a plot for each organ: the difference over the mean of both, a dot a
/// patient, with the mean difference and the limits of agreement, each with its 95 % interval as a band.
/// </summary>
internal static class BlandAltmanFigure
{
    private const int MostColumns = 3;
    private const double BandOpacity = 0.14;

    /// <summary>An organ with fewer than two patients has dots and no lines.</summary>
    /// <param name="model">Its title.</param>
    /// <param name="organs">At least one.</param>
    /// <param name="unit">Of their sizes, such as mL.</param>
    public static FigureSheet Of(string model, IReadOnlyList<OrganVolumes> organs, string unit) => new(
        $"Agreement of sizes of {model} ({FigureStyle.Counted(organs.Max(organ => organ.Patients.Count), "patient")})",
        [.. organs.Select((organ, index) => PlotOf(organ, index, unit))],
        (400, 320))
    {
        Columns = organs.Count <= 4 ? 2 : MostColumns,
        Legend =
        [
            new LegendEntry("a patient", FigureStyle.Soft, LegendMark.Dot),
            new LegendEntry("mean difference", FigureStyle.Ink, LegendMark.Line),
            new LegendEntry("limits of agreement", FigureStyle.Alarm, LegendMark.Dash),
            new LegendEntry("95 % interval of the mean", Band(FigureStyle.Ink), LegendMark.Area),
            new LegendEntry("of the limits", Band(FigureStyle.Alarm), LegendMark.Area),
        ],
    };

    private static Color Band(Color colour) => Color.InterpolateRgb(Colors.White, colour, BandOpacity);

    private static Plot PlotOf(OrganVolumes organ, int index, string unit)
    {
        var plot = FigureStyle.NewPlot(
            $"{organ.Organ} (n = {organ.Patients.Count})", $"mean of predicted and reference ({unit})", $"predicted − reference ({unit})");
        var agreement = BlandAltman.Of([.. organ.Patients.Select(patient => (patient.Predicted, patient.Reference))]);
        double[] means = [.. organ.Patients.Select(patient => (patient.Predicted + patient.Reference) / 2)];
        double[] differences = [.. organ.Patients.Select(patient => patient.Predicted - patient.Reference)];
        var (left, right) = Padded(means, 0.1);
        // Room to the right for what the lines are.
        right += 0.2 * (right - left);
        var (bottom, top) = Padded(
            [
                0, .. differences, .. agreement is null
                    ? []
                    : new[] { agreement.LowerLimit, agreement.UpperLimit, agreement.Bias }
                        .SelectMany(interval => new[] { interval.Low, interval.High })
                        .OfType<double>(),
            ],
            0.06);
        plot.Axes.SetLimits(left, right, bottom, top);
        if (agreement is not null)
        {
            // Bands before lines, or the band of the mean would dull the limits.
            Shade(plot, agreement.LowerLimit, left, right, FigureStyle.Alarm);
            Shade(plot, agreement.UpperLimit, left, right, FigureStyle.Alarm);
            Shade(plot, agreement.Bias, left, right, FigureStyle.Ink);
            // Outside of the lines and apart, so that close ones leave room for all three numbers.
            Draw(plot, agreement.LowerLimit, left, right, FigureStyle.Alarm, LinePattern.Dashed, Alignment.UpperRight);
            Draw(plot, agreement.UpperLimit, left, right, FigureStyle.Alarm, LinePattern.Dashed, Alignment.LowerRight);
            Draw(plot, agreement.Bias, left, right, FigureStyle.Ink, LinePattern.Solid, Alignment.LowerLeft);
        }

        plot.Stroke(left, 0, right, 0, FigureStyle.Soft, 0.8f, LinePattern.Dotted);
        for (var i = 0; i < means.Length; i++)
        {
            plot.Mark(means[i], differences[i], MarkerShape.FilledCircle, 7, FigureStyle.Organ(index));
        }

        return plot;
    }

    private static void Shade(Plot plot, ConfidenceInterval interval, double left, double right, Color colour)
    {
        if (interval is { Low: { } low, High: { } high } && high > low)
        {
            plot.Fill(left, right, low, high, colour.WithAlpha(BandOpacity));
        }
    }

    private static void Draw(Plot plot, ConfidenceInterval interval, double left, double right, Color colour, LinePattern pattern, Alignment side)
    {
        if (interval.Estimate is not { } estimate)
        {
            return;
        }

        plot.Stroke(left, estimate, right, estimate, colour, 1.5f, pattern);
        var edge = side == Alignment.LowerLeft ? left : right;
        plot.Write($"{estimate:+#,0.0;−#,0.0;0.0}", edge + 0.01 * (left + right - 2 * edge), estimate, side, colour);
    }

    private static (double Low, double High) Padded(IReadOnlyCollection<double> values, double share)
    {
        var (low, high) = (values.DefaultIfEmpty(0).Min(), values.DefaultIfEmpty(1).Max());
        var room = high > low ? share * (high - low) : Math.Max(1, share * Math.Abs(high));
        return (low - room, high + room);
    }
}
