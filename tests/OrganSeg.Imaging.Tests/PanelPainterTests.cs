using OrganSeg.Imaging.Figures;
using SkiaSharp;

namespace OrganSeg.Imaging.Tests;

public sealed class PanelPainterTests
{
    private const int Pixel = 448 / 4;

    private static readonly PanelPainter Painter = new(LabelSchema.Abdomen);

    // Row 0: right, missed, added, one organ for another.
    private static readonly ByteImage Truth = new(4, 4, [1, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    private static readonly ByteImage Predicted = new(4, 4, [1, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

    private static int Top => FigureText.IsAvailable ? 34 : 0;

    [Fact]
    public void Paint_TileOfErrors_EachKindHasItsColour()
    {
        using var picture = Paint(new PanelTile("error", null, Predicted) { Reference = Truth });

        Assert.Equal(SKColors.Black, At(picture, 0, 0));
        Assert.Equal(SKColor.Parse(ErrorPalette.FalseNegative), At(picture, 1, 0));
        Assert.Equal(SKColor.Parse(ErrorPalette.FalsePositive), At(picture, 2, 0));
        Assert.Equal(SKColor.Parse(ErrorPalette.WrongOrgan), At(picture, 3, 0));
        Assert.Equal(SKColors.Black, At(picture, 1, 2));
    }

    [Fact]
    public void Paint_TileOfLabels_IsNotOfErrors()
    {
        using var picture = Paint(new PanelTile("truth", null, Truth), new PanelTile("error", null, Truth) { Reference = Truth });

        Assert.NotEqual(SKColors.Black, At(picture, 0, 0));
        // Nothing is wrong in the second tile, 12 pixels to the right of the first.
        Assert.Equal(SKColors.Black, picture.GetPixel(448 + 12 + Pixel / 2, Top + Pixel / 2));
    }

    [Fact]
    public void Paint_ErrorsAndLabels_LegendOfBothBelow()
    {
        using var labels = Paint(new PanelTile("truth", null, Truth));
        using var both = Paint(new PanelTile("truth", null, Truth), new PanelTile("error", null, Predicted) { Reference = Truth });

        Assert.SkipUnless(FigureText.IsAvailable, "There is no font.");
        Assert.Equal(40, both.Height - labels.Height);
        // The squares are 16 pixels wide, 14 below the line's top.
        Assert.Equal(SKColor.Parse(OrganPalette.Css(1)), both.GetPixel(8, Top + 448 + 22));
        Assert.Equal(SKColor.Parse(ErrorPalette.FalseNegative), both.GetPixel(8, Top + 448 + 40 + 22));
    }

    [Fact]
    public void Paint_TilesOfTwoSizes_Throws() => Assert.Throws<ArgumentException>(
        () => Paint(new PanelTile("error", null, Predicted) { Reference = new ByteImage(2, 2) }));

    [Fact]
    public void Paint_SameTilesAgain_SameBytes()
    {
        PanelTile[] tiles = [new("truth", null, Truth), new("error", null, Predicted) { Reference = Truth }];

        Assert.Equal(Painter.Paint(tiles), Painter.Paint(tiles));
    }

    [Fact]
    public void Entries_Colours_AreNoneOfTheFirstFourOrgans() => Assert.Empty(
        ErrorPalette.Entries.Select(entry => entry.Css).Intersect(LabelSchema.Abdomen.Organs.Select(organ => OrganPalette.Css(organ.Id))));

    private static SKBitmap Paint(params PanelTile[] tiles) => SKBitmap.Decode(Painter.Paint(tiles));

    /// <summary>Colour in the middle of a pixel of the first tile's label map, off its outlines.</summary>
    private static SKColor At(SKBitmap picture, int x, int y) => picture.GetPixel(x * Pixel + Pixel / 2, Top + y * Pixel + Pixel / 2);
}
