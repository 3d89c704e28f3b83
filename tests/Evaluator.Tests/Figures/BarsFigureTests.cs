using OrganSeg.Evaluator.Figures;
using ScottPlot;
using static OrganSeg.Evaluator.Tests.Figures.FigureData;

namespace OrganSeg.Evaluator.Tests.Figures;

public sealed class BarsFigureTests
{
    [Fact]
    public void Of_TwoModels_BarsEndAtTheirValues()
    {
        using var picture = new Picture(BarsFigure.Of(
            [Model("a", Organ("liver", 0.8), Organ("kidney", 0.4)), Model("b", Organ("liver", 0.6), Organ("kidney", 0.2))], Counts));

        // Groups of two bars, with a bar's room between them. Off the middle of a bar, where its value is written.
        foreach (var (x, organ, value) in new[] { (0, 0, 0.8), (1, 1, 0.4), (3, 0, 0.6), (4, 1, 0.2) })
        {
            Assert.True(Picture.Is(picture.At(x - 0.37, value - 0.02), FigureStyle.Organ(organ)));
            Assert.False(Picture.Is(picture.At(x - 0.37, value + 0.02), FigureStyle.Organ(organ)));
        }

        // Whatever the axis says: .8 is twice as high as .4, and three times .2 is .6.
        Assert.Equal(2, (double)InBar(picture, 0, 0) / InBar(picture, 1, 1), 0.03);
        Assert.Equal(3, (double)InBar(picture, 3, 0) / InBar(picture, 4, 1), 0.08);
    }

    [Fact]
    public void Of_UndefinedF1_LeavesAGap()
    {
        using var picture = new Picture(BarsFigure.Of([Model("a", Organ("liver", 0.8), Organ("kidney", null), Organ("spleen", 0.5))], Counts));

        Assert.Equal(0, picture.CountBetween(0.5, 1.5, 0.005, 1, FigureStyle.Organ(1)));
        Assert.Equal(0, picture.CountBetween(0.55, 1.45, 0.005, 1, FigureStyle.Ink));
        Assert.True(Picture.Is(picture.At(1.63, 0.3), FigureStyle.Organ(2)));
    }

    [Fact]
    public void Of_Interval_WhiskerFromLowToHigh()
    {
        using var picture = new Picture(BarsFigure.Of([Model("a", Organ("liver", 0.6).With(0.5, 0.7))], Counts));

        Assert.True(Picture.Is(picture.At(0, 0.65), FigureStyle.Ink));
        Assert.True(Picture.Is(picture.At(0, 0.55), FigureStyle.Ink));
        Assert.True(Picture.Is(picture.At(0, 0.45), FigureStyle.Organ(0)));
        // The value stands above the whisker, not on it.
        Assert.True(Picture.Is(picture.At(-0.1, 0.68), Colors.White));
    }

    [Fact]
    public void Of_Figure_CountsInTheTitleAndTwoPixelsEach()
    {
        var sheet = BarsFigure.Of([Model("a", Organ("liver", 0.6))], Counts);
        using var picture = new Picture(sheet);

        Assert.Equal("F1 of each organ (3 patients, 12 slices)", sheet.Title);
        // One plot of 588 and a margin of 16 to either side.
        Assert.Equal(2 * (588 + 32), picture.Width);
    }

    private static int InBar(Picture picture, double x, int organ) => picture.CountInColumn(x - 0.37, FigureStyle.Organ(organ));
}
