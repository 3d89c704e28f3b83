using OrganSeg.Evaluator.Figures;
using ScottPlot;
using SkiaSharp;

namespace OrganSeg.Evaluator.Tests.Figures;

/// <summary>A figure as it was drawn, read back from its PNG file.</summary>
internal sealed class Picture : IDisposable
{
    private readonly SKBitmap _bitmap;
    private readonly FigureSheet _sheet;

    public Picture(FigureSheet sheet)
    {
        _sheet = sheet;
        _bitmap = SKBitmap.Decode(sheet.ToPng());
    }

    public int Width => _bitmap.Width;

    public int Height => _bitmap.Height;

    /// <summary>Colour at a point of a plot.</summary>
    /// <param name="x">On its horizontal axis.</param>
    /// <param name="y">On its vertical axis.</param>
    /// <param name="plot">Number of the plot.</param>
    public SKColor At(double x, double y, int plot = 0)
    {
        var (column, row) = PixelOf(x, y, plot);
        return _bitmap.GetPixel(column, row);
    }

    /// <summary>Pixel of a point of a plot.</summary>
    public (int Column, int Row) PixelOf(double x, double y, int plot = 0)
    {
        var pixel = _sheet.Plots[plot].GetPixel(new Coordinates(x, y));
        return ((int)(pixel.X * FigureStyle.PixelDensity), (int)(pixel.Y * FigureStyle.PixelDensity));
    }

    /// <summary>Pixels of a colour in the column through a point of a plot, at any height.</summary>
    public int CountInColumn(double x, Color colour, int plot = 0)
    {
        var column = PixelOf(x, 0, plot).Column;
        return Enumerable.Range(0, Height).Count(row => Is(_bitmap.GetPixel(column, row), colour));
    }

    /// <summary>Pixels of a colour in a plot, between two of its points.</summary>
    public int CountBetween(double left, double right, double bottom, double top, Color colour, int plot = 0)
    {
        var (first, last) = (PixelOf(left, top, plot), PixelOf(right, bottom, plot));
        return Enumerable.Range(first.Row, last.Row - first.Row)
            .Sum(row => Enumerable.Range(first.Column, last.Column - first.Column).Count(column => Is(_bitmap.GetPixel(column, row), colour)));
    }

    public static bool Is(SKColor actual, Color expected) =>
        Math.Abs(actual.Red - expected.R) <= 3 && Math.Abs(actual.Green - expected.G) <= 3 && Math.Abs(actual.Blue - expected.B) <= 3;

    public void Dispose() => _bitmap.Dispose();
}
