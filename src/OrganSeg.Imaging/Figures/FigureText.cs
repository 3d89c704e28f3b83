using SkiaSharp;

namespace OrganSeg.Imaging.Figures;

/// <summary>Writing in figures. It needs a font, which a bare container may lack; figures then do without.</summary>
internal static class FigureText
{
    public static readonly SKColor Ink = SKColor.Parse("#1B2733");

    private static readonly SKTypeface? Typeface = FindTypeface();

    public static bool IsAvailable => Typeface is not null;

    /// <summary>Width in pixels.</summary>
    public static float Measure(string text, float size)
    {
        using var font = new SKFont(Typeface, size);
        return font.MeasureText(text);
    }

    /// <summary>Writes on the base line <paramref name="y"/>, cut off where there is no more room.</summary>
    public static void Draw(SKCanvas canvas, string text, float x, float y, float size, float room, SKTextAlign align = SKTextAlign.Left)
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

        canvas.DrawText(text, x, y, align, font, paint);
    }

    private static SKTypeface? FindTypeface()
    {
        var face = SKTypeface.FromFamilyName("DejaVu Sans") ?? SKTypeface.Default;
        return face.ContainsGlyph('A') ? face : null;
    }
}
