using System.Globalization;
using SkiaSharp;

namespace OrganSeg.Imaging.Figures;

/// <summary>Paints line charts, one below the other, as a PNG file.</summary>
public static class ChartPainter
{
    private const int Width = 960;
    private const int Height = 400;
    private const float Left = 70;
    private const float Right = 170;
    private const float Above = 40;
    private const float Below = 52;
    private const float Small = 14;

    /// <summary>Paints the charts in their order.</summary>
    /// <param name="charts">At least one; one without points shows its axes only.</param>
    /// <returns>A PNG file.</returns>
    public static byte[] Paint(params IReadOnlyList<Chart> charts)
    {
        ArgumentNullException.ThrowIfNull(charts);
        using var surface = SKSurface.Create(new SKImageInfo(Width, charts.Count * Height, SKColorType.Rgba8888, SKAlphaType.Premul));
        surface.Canvas.Clear(SKColors.White);
        for (var i = 0; i < charts.Count; i++)
        {
            Draw(surface.Canvas, charts[i], i * Height);
        }

        using var picture = surface.Snapshot();
        using var png = picture.Encode(SKEncodedImageFormat.Png, 90);
        return png.ToArray();
    }

    /// <summary>Round numbers from at or below <paramref name="low"/> to at or above <paramref name="high"/>.</summary>
    internal static double[] Ticks(double low, double high, int about)
    {
        var rough = Math.Max(high - low, 1e-12) / about;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * ((rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
        var (first, last) = (Math.Floor(low / step + 1e-9), Math.Ceiling(high / step - 1e-9));
        return [.. Enumerable.Range(0, (int)Math.Max(last - first, 1) + 1).Select(i => Math.Round((first + i) * step, 12))];
    }

    private static void Draw(SKCanvas canvas, Chart chart, float top)
    {
        var points = chart.Series.SelectMany(line => line.Points).Where(point => double.IsFinite(point.Y)).ToArray();
        var xs = Ticks(0, points.Select(point => point.X).DefaultIfEmpty(1).Max(), 10);
        var ys = Ticks(
            Math.Min(0, points.Select(point => point.Y).DefaultIfEmpty(0).Min()),
            chart.Top ?? points.Select(point => point.Y).DefaultIfEmpty(1).Max(),
            5);
        var area = new SKRect(Left, top + Above, Width - Right, top + Height - Below);
        float X(double x) => area.Left + (float)((x - xs[0]) / (xs[^1] - xs[0])) * area.Width;
        float Y(double y) => area.Bottom - (float)((y - ys[0]) / (ys[^1] - ys[0])) * area.Height;

        using var grid = new SKPaint { Color = new SKColor(0xD5, 0xDB, 0xE1), StrokeWidth = 1 };
        foreach (var y in ys)
        {
            canvas.DrawLine(area.Left, Y(y), area.Right, Y(y), grid);
            FigureText.Draw(canvas, Number(y), area.Left - 8, Y(y) + 5, Small, Left, SKTextAlign.Right);
        }

        foreach (var x in xs)
        {
            canvas.DrawLine(X(x), area.Top, X(x), area.Bottom, grid);
            FigureText.Draw(canvas, Number(x), X(x), area.Bottom + 19, Small, Left, SKTextAlign.Center);
        }

        FigureText.Draw(canvas, chart.Title, area.Left, top + 26, 18, area.Width);
        FigureText.Draw(canvas, chart.XTitle, area.MidX, area.Bottom + 40, Small, area.Width, SKTextAlign.Center);
        for (var i = 0; i < chart.Series.Count; i++)
        {
            DrawLine(canvas, chart.Series[i], X, y => Y(Math.Clamp(y, ys[0], ys[^1])));
            using var pen = new SKPaint { Color = OrganPalette.Colour(chart.Series[i].Colour), StrokeWidth = 4 };
            var middle = area.Top + 8 + 24 * i;
            canvas.DrawLine(area.Right + 14, middle, area.Right + 38, middle, pen);
            FigureText.Draw(canvas, chart.Series[i].Name, area.Right + 46, middle + 5, Small, Right - 50);
        }
    }

    private static void DrawLine(SKCanvas canvas, ChartSeries series, Func<double, float> toX, Func<double, float> toY)
    {
        using var pen = new SKPaint
        {
            Color = OrganPalette.Colour(series.Colour),
            Style = SKPaintStyle.Stroke,
            StrokeWidth = 2.5f,
            StrokeJoin = SKStrokeJoin.Round,
            IsAntialias = true,
        };
        using var dot = new SKPaint { Color = pen.Color, IsAntialias = true };
        SKPoint? before = null;
        foreach (var (x, y) in series.Points)
        {
            SKPoint? here = double.IsFinite(y) ? new SKPoint(toX(x), toY(y)) : null;
            if (here is { } point)
            {
                // A dot too, or the first epoch would not be seen.
                canvas.DrawCircle(point, 2.5f, dot);
                if (before is { } last)
                {
                    canvas.DrawLine(last, point, pen);
                }
            }

            before = here;
        }
    }

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
