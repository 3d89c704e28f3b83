using OrganSeg.Evaluator.Figures;

namespace OrganSeg.Evaluator.Tests.Figures;

public sealed class BlandAltmanFigureTests
{
    // Differences 10, 20, 30: their mean 20, their deviation 10, so limits at 20 ± 19.6.
    [Fact]
    public void Of_ThreePatients_DotsMeanAndLimits()
    {
        using var picture = new Picture(BlandAltmanFigure.Of(
            "a", [new OrganVolumes("liver", [new(1010, 1000), new(1120, 1100), new(1230, 1200)])], "mL"));

        Assert.True(Picture.Is(picture.At(1005, 10), FigureStyle.Organ(0)));
        Assert.True(Picture.Is(picture.At(1215, 30), FigureStyle.Organ(0)));
        Assert.True(Picture.Is(picture.At(1050, 20), FigureStyle.Ink));
        Assert.True(picture.CountBetween(1000, 1200, 39, 40.2, FigureStyle.Alarm) > 0);
        Assert.True(picture.CountBetween(1000, 1200, -0.2, 1, FigureStyle.Alarm) > 0);
        Assert.Equal(0, picture.CountBetween(1000, 1200, 24, 35, FigureStyle.Alarm));
    }

    [Fact]
    public void Of_OnePatient_DotWithoutLines()
    {
        using var picture = new Picture(BlandAltmanFigure.Of("a", [new OrganVolumes("liver", [new(990, 1000)])], "mL"));

        Assert.True(Picture.Is(picture.At(995, -10), FigureStyle.Organ(0)));
        Assert.Equal(0, picture.CountBetween(900, 990, -10.5, -0.5, FigureStyle.Ink));
    }

    [Fact]
    public void Of_OrganInNoPatient_IsAnEmptyPlot()
    {
        using var picture = new Picture(BlandAltmanFigure.Of("a", [new OrganVolumes("liver", [])], "mL"));

        Assert.Equal(0, picture.CountBetween(0, 1, -0.5, 0.5, FigureStyle.Organ(0)));
        Assert.Equal(0, picture.CountBetween(0, 1, -0.5, 0.5, FigureStyle.Alarm));
    }
}
