using SkiaSharp;

namespace OrganSeg.Imaging.Figures;

/// <summary>
/// Colours of the classes: the Okabe–Ito set, which stays apart under the common forms of colour blindness.
/// </summary>
public static class OrganPalette
{
    private static readonly string[] Colours =
        ["#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#F0E442", "#D55E00", "#0072B2"];

    /// <summary>CSS colour of a class, 1 for the first organ. Further classes take the colours again.</summary>
    public static string Css(int classId) => Colours[(classId - 1) % Colours.Length];

    internal static SKColor Colour(int classId) => SKColor.Parse(Css(classId));
}
