using OrganSeg.Evaluator.Figures;
using OrganSeg.Evaluator.Reports;

namespace OrganSeg.Evaluator.Tests.Figures;

public sealed class ConfusionFigureTests
{
    private static readonly ConfusionReport Matrix = new(
        ["background", "liver", "spleen"], "reference", "prediction", [[100, 0, 0], [30, 60, 10], [0, 0, 0]]);

    // The first row is on top: at 2 on the axis.
    [Fact]
    public void Of_Shares_ColourTheCells()
    {
        using var picture = new Picture(ConfusionFigure.Of("a", Matrix));

        Assert.True(Picture.Is(picture.At(-0.4, 2.35), ConfusionFigure.Shade(1)));
        Assert.True(Picture.Is(picture.At(0.6, 2.35), ConfusionFigure.Shade(0)));
        Assert.True(Picture.Is(picture.At(-0.4, 1.35), ConfusionFigure.Shade(0.3)));
        Assert.True(Picture.Is(picture.At(0.6, 1.35), ConfusionFigure.Shade(0.6)));
        Assert.True(Picture.Is(picture.At(1.6, 1.35), ConfusionFigure.Shade(0.1)));
        Assert.True(picture.PixelOf(0, 2).Row < picture.PixelOf(0, 0).Row);
    }

    [Fact]
    public void Of_RowWithoutPixels_HasNoShares()
    {
        using var picture = new Picture(ConfusionFigure.Of("a", Matrix));

        Assert.False(Picture.Is(picture.At(1.6, 0.35), ConfusionFigure.Shade(0)));
        Assert.Equal(picture.At(-0.4, 0.35), picture.At(1.6, 0.35));
    }
}
