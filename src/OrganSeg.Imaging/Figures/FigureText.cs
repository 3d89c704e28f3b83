using SkiaSharp;

namespace OrganSeg.Imaging.Figures;

/// <summary>Writing in figures. It needs a font, which a bare container may lack; figures then do without.</summary>
public static class FigureText
{
    /// <summary>Colour of writing.</summary>
    public static readonly SKColor Ink = SKColor.Parse("#1B2733");

    private static readonly SKTypeface? Typeface = FindTypeface();

    /// <summary>Whether there is a font at all.</summary>
    public static bool IsAvailable => Typeface is not null;

    /// <summary>Name of the font; null where there is none.</summary>
    public static string? Family => Typeface?.FamilyName;

    /// <summary>Width in pixels.</summary>
    /// <param name="text">One line.</param>
    /// <param name="size">Of the font, in pixels.</param>
    public static float Measure(string text, float size)
    {
        using var font = new SKFont(Typeface, size);
        return font.MeasureText(text);
    }

    /// <summary>The text, cut off with an ellipsis where there is no more room.</summary>
    /// <param name="text">One line.</param>
    /// <param name="size">Of the font, in pixels.</param>
    /// <param name="room">Greatest width in pixels.</param>
    public static string Fit(string text, float size, float room)
    {
        ArgumentNullException.ThrowIfNull(text);
        using var font = new SKFont(Typeface, size);
        while (text.Length > 1 && font.MeasureText(text) > room)
        {
            text = text.TrimEnd('…')[..^1] + "…";
        }

        return text;
    }

    /// <summary>Writes on the base line <paramref name="y"/>, cut off where there is no more room.</summary>
    /// <param name="canvas">Where to.</param>
    /// <param name="text">One line.</param>
    /// <param name="x">Where it begins, is centred or ends, by <paramref name="align"/>.</param>
    /// <param name="y">Its base line.</param>
    /// <param name="size">Of the font, in pixels.</param>
    /// <param name="room">Greatest width in pixels.</param>
    /// <param name="align">Which part of it stands at <paramref name="x"/>.</param>
    public static void Draw(SKCanvas canvas, string text, float x, float y, float size, float room, SKTextAlign align = SKTextAlign.Left)
    {
        ArgumentNullException.ThrowIfNull(canvas);
        if (Typeface is null)
        {
            return;
        }

        using var font = new SKFont(Typeface, size);
        using var paint = new SKPaint { Color = Ink, IsAntialias = true };
        canvas.DrawText(Fit(text, size, room), x, y, align, font, paint);
    }

    private static SKTypeface? FindTypeface()
    {
        var face = SKTypeface.FromFamilyName("DejaVu Sans") ?? SKTypeface.Default;
        return face.ContainsGlyph('A') ? face : null;
    }
}
