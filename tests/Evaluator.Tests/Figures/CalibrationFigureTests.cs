using OrganSeg.Evaluator.Figures;
using OrganSeg.Evaluator.Statistics;
using ScottPlot;

namespace OrganSeg.Evaluator.Tests.Figures;

public sealed class CalibrationFigureTests
{
    // Of four bins the second is empty; the last has 10 pixels of confidence .9, of which 5 are right.
    [Fact]
    public void Of_Histogram_BarsDotsAndAGap()
    {
        var histogram = new CalibrationHistogram(4);
        histogram.Add(0.1, 20, 4);
        histogram.Add(0.9, 10, 5);
        var sheet = CalibrationFigure.Of("a", [OrganCalibration.Of("liver", histogram)]);
        using var picture = new Picture(sheet);
        var bar = Color.InterpolateRgb(Colors.White, FigureStyle.Organ(0), 0.35);

        Assert.True(Picture.Is(picture.At(0.8, 0.45), bar));
        Assert.True(Picture.Is(picture.At(0.8, 0.55), Colors.White));
        Assert.True(Picture.Is(picture.At(0.9, 0.5), FigureStyle.Organ(0)));
        Assert.True(Picture.Is(picture.At(0.9, 0.7), FigureStyle.Alarm));
        Assert.True(Picture.Is(picture.At(0.1, 0.2), FigureStyle.Organ(0)));
        Assert.Equal(0, picture.CountBetween(0.27, 0.48, 0.02, 0.2, bar));
        // Half of the fullest bin: half of the strip's height.
        Assert.True(Picture.Is(picture.At(0.8, -0.18), FigureStyle.Rule));
        Assert.True(Picture.Is(picture.At(0.8, -0.14), Colors.White));
        Assert.Equal("liver (n = 30)", sheet.Plots[0].Axes.Title.Label.Text);
    }

    [Fact]
    public void Of_OrganWithoutPixels_IsAnEmptyPlot()
    {
        using var picture = new Picture(CalibrationFigure.Of("a", [OrganCalibration.Of("liver", new CalibrationHistogram())]));

        Assert.Equal(0, picture.CountBetween(0, 1, -0.2, 1, FigureStyle.Organ(0)));
    }
}
