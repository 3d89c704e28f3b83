using SkiaSharp;

namespace OrganSeg.Imaging.Figures;

/// <summary>
/// Paints tiles side by side: the plain slice, then label maps or their errors laid over it, and a legend of the colours.
/// </summary>
/// <param name="schema">Classes of the label maps.</param>
public sealed class PanelPainter(LabelSchema schema)
{
    private const int LargeTile = 448;
    private const double LargestTileRatio = 720.0 / LargeTile;
    private const int Gap = 12;
    private const int TitleHeight = 34;
    private const int LegendHeight = 40;
    private const int LegendSquare = 16;
    // Wider pictures are shown smaller, so their writing grows with them.
    private const float PlainWidth = 3 * LargeTile + 2 * Gap;
    private const float LargestWriting = 2;
    private const byte FillOpacity = 110;
    // Greys behind errors are dimmed, so that the dark blue stands out.
    private const byte ErrorShade = 110;

    /// <summary>Height of a tile in pixels, unless it would be too wide.</summary>
    public int TileHeight { get; init; } = LargeTile;

    /// <summary>Paints a row of tiles.</summary>
    /// <param name="tiles">At least one with a picture.</param>
    /// <returns>A PNG file.</returns>
    public byte[] Paint(IReadOnlyList<PanelTile> tiles) => Paint([tiles]);

    /// <summary>Paints rows of tiles, all at one scale, below one another.</summary>
    /// <param name="rows">As many tiles in each; at least one with a picture.</param>
    /// <returns>A PNG file.</returns>
    public byte[] Paint(IReadOnlyList<IReadOnlyList<PanelTile>> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var first = rows.SelectMany(tiles => tiles).Select(tile => tile.Labels ?? tile.Grey).First(image => image is not null)!;
        var scale = Math.Min((double)TileHeight / first.Height, LargestTileRatio * TileHeight / first.Width);
        var (width, height) = (Math.Max(1, (int)(first.Width * scale)), Math.Max(1, (int)(first.Height * scale)));
        var columns = rows.Max(tiles => tiles.Count);
        var pictureWidth = columns * width + (columns - 1) * Gap;
        var writing = Math.Clamp(pictureWidth / PlainWidth, 1, LargestWriting);
        var top = FigureText.IsAvailable ? (int)(TitleHeight * writing) : 0;
        var rowHeight = top + height;
        var legend = Legend(rows, pictureWidth / writing);
        var legendHeight = (int)(LegendHeight * writing);
        var bottom = legend.Count * legendHeight;
        using var surface = SKSurface.Create(new SKImageInfo(
            pictureWidth,
            rows.Count * rowHeight + (top > 0 ? 0 : (rows.Count - 1) * Gap) + bottom,
            SKColorType.Rgba8888,
            SKAlphaType.Premul));
        var canvas = surface.Canvas;
        canvas.Clear(SKColors.White);
        for (var row = 0; row < rows.Count; row++)
        {
            var above = row * (rowHeight + (top > 0 ? 0 : Gap)) + top;
            for (var i = 0; i < rows[row].Count; i++)
            {
                var left = i * (width + Gap);
                DrawTile(canvas, rows[row][i], SKRect.Create(left, above, width, height), scale);
                FigureText.Draw(canvas, rows[row][i].Title, left, above - 11 * writing, 18 * writing, width);
            }
        }

        for (var line = 0; line < legend.Count; line++)
        {
            DrawLegend(canvas, legend[line], rows.Count * rowHeight + line * legendHeight, writing);
        }

        using var picture = surface.Snapshot();
        using var png = picture.Encode(SKEncodedImageFormat.Png, 90);
        return png.ToArray();
    }

    private void DrawTile(SKCanvas canvas, PanelTile tile, SKRect place, double scale)
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

        if (tile.Reference is { } reference)
        {
            DrawErrors(canvas, labels, reference, place, scale);
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

    private void DrawErrors(SKCanvas canvas, ByteImage labels, ByteImage reference, SKRect place, double scale)
    {
        if (labels.Width != reference.Width || labels.Height != reference.Height)
        {
            throw new ArgumentException("Labels and reference of a tile must have one size.", nameof(reference));
        }

        using var shade = new SKPaint { Color = SKColors.Black.WithAlpha(ErrorShade) };
        canvas.DrawRect(place, shade);
        using var errors = new SKBitmap(new SKImageInfo(labels.Width, labels.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul))
        {
            Pixels = [.. reference.Pixels.Zip(labels.Pixels, ErrorPalette.Colour)],
        };
        using var image = SKImage.FromBitmap(errors);
        canvas.DrawImage(image, place, new SKSamplingOptions(SKFilterMode.Nearest));
        using var pen = new SKPaint
        {
            Color = SKColors.White.WithAlpha(170),
            Style = SKPaintStyle.Stroke,
            StrokeWidth = 1,
            IsAntialias = true,
        };
        foreach (var organ in schema.Organs)
        {
            using var outline = Outline(reference, organ.Id, place, scale);
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

    /// <summary>What the colours say, in as many lines as it takes; the errors begin one of their own.</summary>
    private List<List<(string Name, SKColor Colour)>> Legend(IReadOnlyList<IReadOnlyList<PanelTile>> rows, float room)
    {
        var lines = new List<List<(string Name, SKColor Colour)>>();
        if (!FigureText.IsAvailable)
        {
            return lines;
        }

        var tiles = rows.SelectMany(row => row).ToList();
        if (tiles.Any(tile => tile is { Labels: not null, Reference: null }) || tiles.TrueForAll(tile => tile.Reference is null))
        {
            Add(schema.Organs.Select(organ => (organ.Name, OrganPalette.Colour(organ.Id))));
        }

        if (tiles.Exists(tile => tile.Reference is not null))
        {
            Add(ErrorPalette.Entries.Select(entry => (entry.Name, SKColor.Parse(entry.Css))));
        }

        return lines;

        void Add(IEnumerable<(string Name, SKColor Colour)> entries)
        {
            var x = float.PositiveInfinity;
            foreach (var entry in entries)
            {
                var width = LegendWidth(entry.Name);
                if (x + width > room)
                {
                    lines.Add([]);
                    x = 0;
                }

                lines[^1].Add(entry);
                x += width;
            }
        }
    }

    private static float LegendWidth(string name) => LegendSquare + 8 + FigureText.Measure(name, 16) + 28;

    private static void DrawLegend(SKCanvas canvas, List<(string Name, SKColor Colour)> entries, int y, float writing)
    {
        canvas.Save();
        canvas.Translate(0, y);
        canvas.Scale(writing);
        var x = 0f;
        foreach (var (name, colour) in entries)
        {
            using var paint = new SKPaint { Color = colour };
            canvas.DrawRect(x, 14, LegendSquare, LegendSquare, paint);
            FigureText.Draw(canvas, name, x + LegendSquare + 8, 28, 16, float.MaxValue);
            x += LegendWidth(name);
        }

        canvas.Restore();
    }
}
