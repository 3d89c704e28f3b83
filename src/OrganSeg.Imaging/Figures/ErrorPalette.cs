using SkiaSharp;

namespace OrganSeg.Imaging.Figures;

/// <summary>
/// Colours of errors: three of the Okabe–Ito set that the first four organs do not take. They stay apart under the common
/// forms of colour blindness, and in lightness as well.
/// </summary>
public static class ErrorPalette
{
    /// <summary>CSS colour of organ in the reference that was taken for background.</summary>
    public const string FalseNegative = "#0072B2";

    /// <summary>CSS colour of background that was taken for an organ.</summary>
    public const string FalsePositive = "#D55E00";

    /// <summary>CSS colour of one organ that was taken for another.</summary>
    public const string WrongOrgan = "#F0E442";

    /// <summary>The three, with the words of a legend.</summary>
    public static IReadOnlyList<(string Name, string Css)> Entries { get; } =
    [
        ("missed (false negative)", FalseNegative),
        ("added (false positive)", FalsePositive),
        ("wrong organ", WrongOrgan),
    ];

    /// <summary>The colour of a pixel; transparent where the prediction is right.</summary>
    internal static SKColor Colour(byte reference, byte predicted) => (reference, predicted) switch
    {
        _ when reference == predicted => SKColors.Transparent,
        (_, 0) => SKColor.Parse(FalseNegative),
        (0, _) => SKColor.Parse(FalsePositive),
        _ => SKColor.Parse(WrongOrgan),
    };
}
