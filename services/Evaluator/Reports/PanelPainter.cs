using OrganSeg.Imaging;
using SkiaSharp;

namespace OrganSeg.Evaluator.Reports;

/// <summary>Paints tiles side by side: the plain slice, then label maps laid over it, and a legend of the organs.</summary>
internal sealed class PanelPainter(LabelSchema schema)
{
    private const int TileHeight = 448;
    private const int LargestTileWidth = 720;
    private const int Gap = 12;
    private const int TitleHeight = 34;
    private const int LegendHeight = 40;
    private const byte FillOpacity = 110;

    private static readonly SKColor Ink = SKColor.Parse("#1B2733");

    // Titles need a font, which a bare container may lack; the HTML repeats all text, so the tiles can do without.
    private static readonly SKTypeface? Typeface = FindTypeface();

    /// <param name="Title">Above the tile.</param>
    /// <param name="Grey">The slice, or null for a black ground.</param>
    /// <param name="Labels">What is laid over it, or null.</param>
    internal sealed record Tile(string Title, ByteImage? Grey, ByteImage? Labels);

    /// <summary>Paints all tiles at one scale.</summary>
    /// <returns>A PNG file.</returns>
    public byte[] Paint(IReadOnlyList<Tile> tiles)
    {
        var first = tiles.Select(tile => tile.Labels ?? tile.Grey).First(image => image is not null)!;
        var scale = Math.Min((double)TileHeight / first.Height, (double)LargestTileWidth / first.Width);
        var (width, height) = (Math.Max(1, (int)(first.Width * scale)), Math.Max(1, (int)(first.Height * scale)));
        var top = Typeface is null ? 0 : TitleHeight;
        var bottom = Typeface is null ? 0 : LegendHeight;
        using var surface = SKSurface.Create(new SKImageInfo(
            tiles.Count * width + (tiles.Count - 1) * Gap, top + height + bottom, SKColorType.Rgba8888, SKAlphaType.Premul));
        var canvas = surface.Canvas;
        canvas.Clear(SKColors.White);
        for (var i = 0; i < tiles.Count; i++)
        {
            var left = i * (width + Gap);
            DrawTile(canvas, tiles[i], SKRect.Create(left, top, width, height), scale);
            DrawText(canvas, tiles[i].Title, left, top - 11, 18, width);
        }

        DrawLegend(canvas, top + height);
        using var picture = surface.Snapshot();
        using var png = picture.Encode(SKEncodedImageFormat.Png, 90);
        return png.ToArray();
    }

    private static SKTypeface? FindTypeface()
    {
        var face = SKTypeface.FromFamilyName("DejaVu Sans") ?? SKTypeface.Default;
        return face.ContainsGlyph('A') ? face : null;
    }

    private void DrawTile(SKCanvas canvas, Tile tile, SKRect place, double scale)
    {
        using var black = new SKPaint { Color = SKColors.Black };
        canvas.DrawRect(place, black);
        if (tile.Grey is { } grey)
        {
            using var bitmap = ToBitmap(grey, value => new SKColor(value, value, value));
            using var image = SKImage.FromBitmap(bitmap);
            canvas.DrawImage(image, place, new SKSamplingOptions(SKCubicResampler.Mitchell));
        }

        if (tile.Labels is not { } labels)
        {
            return;
        }

        using var overlay = ToBitmap(
            labels, id => id == 0 ? SKColors.Transparent : OrganPalette.Colour(id).WithAlpha(FillOpacity));
        using var overlayImage = SKImage.FromBitmap(overlay);
        canvas.DrawImage(overlayImage, place, new SKSamplingOptions(SKFilterMode.Nearest));
        foreach (var organ in schema.Organs)
        {
            using var outline = Outline(labels, organ.Id, place, scale);
            using var pen = new SKPaint
            {
                Color = OrganPalette.Colour(organ.Id),
                Style = SKPaintStyle.Stroke,
                StrokeWidth = 2,
                IsAntialias = true,
            };
            canvas.DrawPath(outline, pen);
        }
    }

    /// <summary>The edges between pixels of a class and all others.</summary>
    private static SKPath Outline(ByteImage labels, byte id, SKRect place, double scale)
    {
        var path = new SKPath();
        for (var y = 0; y < labels.Height; y++)
        {
            for (var x = 0; x < labels.Width; x++)
            {
                if (Is(x, y) != Is(x - 1, y))
                {
                    Line(x, y, x, y + 1);
                }

                if (Is(x, y) != Is(x, y - 1))
                {
                    Line(x, y, x + 1, y);
                }
            }
        }

        return path;

        bool Is(int x, int y) => x >= 0 && y >= 0 && labels.Pixels[y * labels.Width + x] == id;

        void Line(int x0, int y0, int x1, int y1)
        {
            path.MoveTo(place.Left + (float)(x0 * scale), place.Top + (float)(y0 * scale));
            path.LineTo(place.Left + (float)(x1 * scale), place.Top + (float)(y1 * scale));
        }
    }

    private static SKBitmap ToBitmap(ByteImage image, Func<byte, SKColor> colourOf)
    {
        var colours = new SKColor[256];
        for (var value = 0; value < colours.Length; value++)
        {
            colours[value] = colourOf((byte)value);
        }

        return new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul))
        {
            Pixels = Array.ConvertAll(image.Pixels, value => colours[value]),
        };
    }

    private void DrawLegend(SKCanvas canvas, int y)
    {
        if (Typeface is null)
        {
            return;
        }

        var x = 0f;
        using var font = new SKFont(Typeface, 16);
        foreach (var organ in schema.Organs)
        {
            using var paint = new SKPaint { Color = OrganPalette.Colour(organ.Id) };
            canvas.DrawRect(x, y + 14, 16, 16, paint);
            DrawText(canvas, organ.Name, x + 24, y + 28, 16, float.MaxValue);
            x += 24 + font.MeasureText(organ.Name) + 28;
        }
    }

    private static void DrawText(SKCanvas canvas, string text, float x, float y, float size, float room)
    {
        if (Typeface is null)
        {
            return;
        }

        using var font = new SKFont(Typeface, size);
        using var paint = new SKPaint { Color = Ink, IsAntialias = true };
        while (text.Length > 1 && font.MeasureText(text) > room)
        {
            text = text.TrimEnd('…')[..^1] + "…";
        }

        canvas.DrawText(text, x, y, font, paint);
    }
}
