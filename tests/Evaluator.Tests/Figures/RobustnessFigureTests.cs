using OrganSeg.Evaluator.Figures;
using OrganSeg.Evaluator.Robustness;
using ScottPlot;

namespace OrganSeg.Evaluator.Tests.Figures;

public sealed class RobustnessFigureTests
{
    private static readonly double[] Severities = [0, 10, 20, 30, 40];

    [Fact]
    public void Of_Curve_LineThroughItsPoints()
    {
        using var picture = Draw([0.9, 0.7, 0.5, 0.5, 0.5]);

        Assert.True(Picture.Is(picture.At(10, 0.7), FigureStyle.Organ(0)));
        Assert.True(Picture.Is(picture.At(15, 0.6), FigureStyle.Organ(0)));
        Assert.True(Picture.Is(picture.At(15, 0.7), Colors.White));
    }

    // From .9 at 0 to .7 at 10: .81, nine tenths of .9, at 4.5.
    [Fact]
    public void Of_FallsBelowItsBound_CrossThere()
    {
        using var picture = Draw([0.9, 0.7, 0.5, 0.5, 0.5]);
        using var kept = Draw([0.9, 0.9, 0.9, 0.9, 0.9]);

        Assert.True(Picture.Is(picture.At(4.5, 0.81), FigureStyle.Ink));
        Assert.True(picture.CountBetween(3, 6, 0.75, 0.87, FigureStyle.Ink) > 20);
        Assert.Equal(0, kept.CountBetween(1, 39, 0.75, 0.87, FigureStyle.Ink));
    }

    [Fact]
    public void Of_UndefinedBetween_InterruptsTheLine()
    {
        using var picture = Draw([0.9, 0.9, null, 0.9, 0.9]);

        Assert.True(Picture.Is(picture.At(5, 0.9), FigureStyle.Organ(0)));
        Assert.True(Picture.Is(picture.At(35, 0.9), FigureStyle.Organ(0)));
        Assert.True(Picture.Is(picture.At(20, 0.9), Colors.White));
        Assert.Equal(0, picture.CountBetween(12, 28, 0.01, 1, FigureStyle.Organ(0)));
    }

    private static Picture Draw(double?[] f1) => new(RobustnessFigure.Of(
        "a",
        [new RobustnessCurve("blur", "pixels", Severities, [OrganCurve.Of("liver", Severities, f1, 0.9)])],
        new RobustnessInformation(12, 3, 1, 0.9)));
}
