using OrganSeg.Imaging.Figures;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace OrganSeg.Evaluator.Figures;

/// <summary>How all figures of a report look.</summary>
internal static class FigureStyle
{
    /// <summary>Pixels of the file for each of the layout, so that figures are sharp in print.</summary>
    public const int PixelDensity = 2;

    /// <summary>Of axis titles, in pixels of the layout.</summary>
    public const float TextSize = 13;

    /// <summary>Of tick labels and values.</summary>
    public const float SmallSize = 12;

    // Where there is no font, plots are drawn without words, as all figures are.
    private static readonly string FontName = FigureText.Family ?? Fonts.Default;

    public static readonly Color Ink = Color.FromHex("#1B2733");
    public static readonly Color Soft = Color.FromHex("#5B6B7A");
    public static readonly Color Rule = Color.FromHex("#DDE3E9");
    public static readonly Color Accent = Color.FromHex("#1F5F8B");
    public static readonly Color Alarm = Color.FromHex("#B3261E");

    /// <summary>Colour of an organ.</summary>
    /// <param name="index">From 0, in the order of the label schema without background.</param>
    public static Color Organ(int index) => Color.FromHex(OrganPalette.Css(index + 1));

    /// <summary>The organs' colours.</summary>
    public static IEnumerable<LegendEntry> Organs(IEnumerable<string> names, LegendMark mark) =>
        names.Select((name, index) => new LegendEntry(name, Organ(index), mark));

    /// <summary>An empty plot with its titles; a title that is empty takes no room.</summary>
    public static Plot NewPlot(string title, string xTitle, string yTitle)
    {
        var plot = new Plot();
        plot.Font.Set(FontName);
        plot.FigureBackground.Color = Colors.White;
        plot.DataBackground.Color = Colors.White;
        plot.Axes.Color(Ink);
        plot.Axes.FrameColor(Soft);
        plot.Axes.Right.IsVisible = false;
        plot.Axes.Top.IsVisible = false;
        plot.Grid.MajorLineColor = Rule;
        plot.Grid.XAxisStyle.IsVisible = false;
        plot.Axes.Left.TickLabelStyle.FontSize = SmallSize;
        plot.Axes.Bottom.TickLabelStyle.FontSize = SmallSize;
        // Digits are centred with their descenders, which they do not have.
        plot.Axes.Left.TickLabelStyle.OffsetY = 2.5f;
        plot.Axes.Left.TickGenerator = new NumericAutomatic { LabelFormatter = Number };
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { LabelFormatter = Number };
        plot.Title(title, TextSize);
        plot.XLabel(xTitle, TextSize);
        plot.YLabel(yTitle, TextSize);
        plot.Axes.Title.Label.Bold = false;
        plot.Axes.Bottom.Label.Bold = false;
        plot.Axes.Left.Label.Bold = false;
        plot.Axes.Bottom.MinorTickStyle.Length = 0;
        plot.Axes.Left.MinorTickStyle.Length = 0;
        return plot;
    }

    /// <summary>Names under the axis in the place of numbers.</summary>
    public static void NameBottom(this Plot plot, IEnumerable<(double At, string Name)> names)
    {
        var ticks = names.ToList();
        plot.Axes.Bottom.TickGenerator = new NumericManual([.. ticks.Select(tick => tick.At)], [.. ticks.Select(tick => tick.Name)]);
        plot.Axes.Bottom.MajorTickStyle.Color = Colors.Transparent;
    }

    /// <summary>A vertical axis of scores, with room for marks at its ends and for what is written above.</summary>
    public static void ScoreLeft(this Plot plot, double low, double high, double roomAbove, double roomBelow = 0)
    {
        var step = high - low > 0.5 ? 0.2 : high - low > 0.25 ? 0.1 : 0.05;
        var first = (int)Math.Ceiling(low / step - 1e-9);
        var last = (int)Math.Floor(high / step + 1e-9);
        double[] at = [.. Enumerable.Range(first, last - first + 1).Select(i => Math.Round(i * step, 2))];
        plot.Axes.Left.TickGenerator = new NumericManual(at, [.. at.Select(value => step < 0.1 ? $"{value:F2}" : $"{value:F1}")]);
        plot.Axes.SetLimitsY(low - roomBelow, high + roomAbove);
    }

    /// <summary>A filled rectangle.</summary>
    public static void Fill(this Plot plot, double left, double right, double bottom, double top, Color colour, Color? line = null)
    {
        var rectangle = plot.Add.Rectangle(left, right, bottom, top);
        rectangle.FillColor = colour;
        rectangle.LineColor = line ?? Colors.Transparent;
        rectangle.LineWidth = line is null ? 0 : 1;
    }

    /// <summary>A straight line.</summary>
    public static void Stroke(
        this Plot plot, double x0, double y0, double x1, double y1, Color colour, float width = 1.5f, LinePattern? pattern = null)
    {
        var line = plot.Add.Line(x0, y0, x1, y1);
        line.LineColor = colour;
        line.LineWidth = width;
        line.LinePattern = pattern ?? LinePattern.Solid;
        line.MarkerShape = MarkerShape.None;
    }

    /// <summary>A vertical line with caps, or nothing where a limit is undefined.</summary>
    public static void Whisker(this Plot plot, double x, double? low, double? high, double cap, Color colour)
    {
        if (low is not { } from || high is not { } to)
        {
            return;
        }

        plot.Stroke(x, from, x, to, colour);
        plot.Stroke(x - cap, from, x + cap, from, colour);
        plot.Stroke(x - cap, to, x + cap, to, colour);
    }

    /// <summary>A filled mark with a thin dark edge, which tells it from what is behind.</summary>
    public static void Mark(this Plot plot, double x, double y, MarkerShape shape, float size, Color fill)
    {
        var marker = plot.Add.Marker(x, y, shape, size, fill);
        marker.MarkerStyle.OutlineColor = Ink;
        marker.MarkerStyle.OutlineWidth = 0.8f;
    }

    /// <summary>Words at a point.</summary>
    public static void Write(this Plot plot, string text, double x, double y, Alignment alignment, Color colour, float size = SmallSize)
    {
        var label = plot.Add.Text(text, x, y);
        label.LabelAlignment = alignment;
        label.LabelFontColor = colour;
        label.LabelFontSize = size;
        label.LabelFontName = FontName;
    }

    /// <summary>A model's title in two lines, its name above its version, each cut to the room there is.</summary>
    public static string Wrap(string model, float room)
    {
        var at = model.IndexOf('@', StringComparison.Ordinal);
        return at <= 0 || FigureText.Measure(model, SmallSize) <= room
            ? FigureText.Fit(model, SmallSize, room)
            : FigureText.Fit(model[..at], SmallSize, room) + "\n" + FigureText.Fit(model[at..], SmallSize, room);
    }

    /// <summary>A number on an axis, with a true minus.</summary>
    public static string Number(double value) => Math.Round(value, 6).ToString("#,0.######").Replace('-', '−');

    /// <summary>A count that is read at a glance: 1 234 becomes 1.2 k.</summary>
    public static string Count(long count) => count switch
    {
        >= 1_000_000_000 => $"{count / 1e9:0.#} G",
        >= 1_000_000 => $"{count / 1e6:0.#} M",
        >= 10_000 => $"{count / 1e3:0.#} k",
        _ => $"{count:N0}",
    };

    /// <summary>A count with its noun.</summary>
    public static string Counted(int count, string noun) => $"{count:N0} {noun}{(count == 1 ? "" : "s")}";
}
