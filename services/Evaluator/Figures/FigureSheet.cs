using OrganSeg.Imaging.Figures;
using ScottPlot;
using SkiaSharp;

namespace OrganSeg.Evaluator.Figures;

/// <summary>Plots in a grid, below one title and one legend: a whole figure.</summary>
/// <param name="title">What is drawn, and of how many.</param>
/// <param name="plots">From the left, row by row.</param>
/// <param name="plotSize">Of each plot, in pixels of the layout.</param>
internal sealed class FigureSheet(string title, IReadOnlyList<Plot> plots, (int Width, int Height) plotSize)
{
    private const int Margin = 16;
    // Between plots, and where the last number of an axis stands out to the right.
    private const int Gap = 14;
    private const int TitleHeight = 44;
    private const int LegendHeight = 24;
    private const int NarrowestWidth = 620;
    private const float TitleSize = 17;
    private const float MarkWidth = 22;

    /// <summary>Most plots beside one another; fewer where that makes rows alike.</summary>
    public int Columns { get; init; } = 1;

    /// <summary>What the colours and marks stand for.</summary>
    public IReadOnlyList<LegendEntry> Legend { get; init; } = [];

    public string Title => title;

    public IReadOnlyList<Plot> Plots => plots;

    /// <summary>Draws it.</summary>
    /// <returns>A PNG file; the same figure gives the same bytes on one machine.</returns>
    public byte[] ToPng()
    {
        var rows = (plots.Count + Columns - 1) / Columns;
        var columns = (plots.Count + rows - 1) / rows;
        var width = Math.Max(NarrowestWidth, columns * plotSize.Width + 2 * Margin);
        var legend = LegendLines(width - 2 * Margin);
        var top = TitleHeight + legend.Count * LegendHeight + (legend.Count > 0 ? 8 : 0);
        var height = top + rows * plotSize.Height + Margin;
        using var surface = SKSurface.Create(new SKImageInfo(
            width * FigureStyle.PixelDensity, height * FigureStyle.PixelDensity, SKColorType.Rgba8888, SKAlphaType.Premul));
        var canvas = surface.Canvas;
        canvas.Clear(SKColors.White);
        canvas.Scale(FigureStyle.PixelDensity);
        FigureText.Draw(canvas, title, Margin, 30, TitleSize, width - 2 * Margin);
        for (var line = 0; line < legend.Count; line++)
        {
            DrawLegend(canvas, legend[line], TitleHeight + line * LegendHeight + LegendHeight / 2f);
        }

        for (var i = 0; i < plots.Count; i++)
        {
            var (left, above) = (Margin + i % columns * plotSize.Width, top + i / columns * plotSize.Height);
            // Its neighbours are on this canvas already.
            plots[i].RenderManager.ClearCanvasBeforeEachRender = false;
            plots[i].Render(canvas, new PixelRect(left, left + plotSize.Width - Gap, above + plotSize.Height, above));
        }

        using var picture = surface.Snapshot();
        using var png = picture.Encode(SKEncodedImageFormat.Png, 90);
        return png.ToArray();
    }

    private static float WidthOf(LegendEntry entry) => MarkWidth + 6 + FigureText.Measure(entry.Name, FigureStyle.TextSize) + 22;

    private static void DrawLegend(SKCanvas canvas, List<LegendEntry> entries, float middle)
    {
        var x = (float)Margin;
        foreach (var entry in entries)
        {
            DrawMark(canvas, entry, x, middle);
            FigureText.Draw(canvas, entry.Name, x + MarkWidth + 6, middle + 5, FigureStyle.TextSize, float.MaxValue);
            x += WidthOf(entry);
        }
    }

    private static void DrawMark(SKCanvas canvas, LegendEntry entry, float left, float middle)
    {
        var centre = left + MarkWidth / 2;
        using var fill = new SKPaint { Color = entry.Colour.ToSKColor(), IsAntialias = true };
        using var pen = new SKPaint { Color = fill.Color, IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeWidth = 2 };
        switch (entry.Mark)
        {
            case LegendMark.Area:
                canvas.DrawRect(centre - 7, middle - 7, 14, 14, fill);
                break;
            case LegendMark.Dot:
                canvas.DrawCircle(centre, middle, 4.5f, fill);
                break;
            case LegendMark.Cross:
                canvas.DrawLine(centre - 5, middle - 5, centre + 5, middle + 5, pen);
                canvas.DrawLine(centre - 5, middle + 5, centre + 5, middle - 5, pen);
                break;
            case LegendMark.Interval:
                canvas.DrawLine(centre, middle - 9, centre, middle + 9, pen);
                canvas.DrawCircle(centre, middle, 4, fill);
                break;
            default:
                using (var dashes = entry.Mark == LegendMark.Dash ? SKPathEffect.CreateDash([5, 3], 0) : null)
                {
                    pen.PathEffect = dashes;
                    canvas.DrawLine(left, middle, left + MarkWidth, middle, pen);
                }

                break;
        }
    }

    private List<List<LegendEntry>> LegendLines(float room)
    {
        var lines = new List<List<LegendEntry>>();
        var x = float.PositiveInfinity;
        foreach (var entry in FigureText.IsAvailable ? Legend : [])
        {
            if (x + WidthOf(entry) > room)
            {
                lines.Add([]);
                x = 0;
            }

            lines[^1].Add(entry);
            x += WidthOf(entry);
        }

        return lines;
    }
}
