using OrganSeg.Evaluator.Figures;
using ScottPlot;
using static OrganSeg.Evaluator.Tests.Figures.FigureData;

namespace OrganSeg.Evaluator.Tests.Figures;

public sealed class BoxesFigureTests
{
    [Fact]
    public void Of_FewPatients_DotsWithoutABox()
    {
        var sheet = BoxesFigure.Of([Model("a", Organ("liver", null, 0.5, 0.7, null, 0.9)), Model("b", Organ("liver", null, 0.6, null, null, null))]);
        using var picture = new Picture(sheet);

        foreach (var value in new[] { 0.5, 0.9 })
        {
            Assert.True(Picture.Is(picture.At(0, value), FigureStyle.Organ(0)));
        }

        Assert.True(Picture.Is(picture.At(1, 0.6), FigureStyle.Organ(0)));
        // The median of three, without quartiles around it.
        Assert.True(Picture.Is(picture.At(0.2, 0.7), FigureStyle.Ink));
        Assert.True(Picture.Is(picture.At(0.2, 0.75), Colors.White));
        Assert.Equal("liver (n = 3, 1)", sheet.Plots[0].Axes.Title.Label.Text);
    }

    // Quartiles of .5, .6, .7, .8, .9 are .6 and .8.
    [Fact]
    public void Of_FivePatients_BoxBetweenTheQuartiles()
    {
        using var picture = new Picture(BoxesFigure.Of([Model("a", Organ("liver", null, 0.5, 0.9, 0.7, 0.6, 0.8))]));
        var fill = Color.InterpolateRgb(Colors.White, FigureStyle.Organ(0), 0.25);

        Assert.True(Picture.Is(picture.At(0.2, 0.62), fill));
        Assert.True(Picture.Is(picture.At(0.2, 0.78), fill));
        Assert.True(Picture.Is(picture.At(0.2, 0.57), Colors.White));
        Assert.True(Picture.Is(picture.At(0.2, 0.83), Colors.White));
        Assert.True(Picture.Is(picture.At(0, 0.85), FigureStyle.Soft));
    }

    // Two dots of one value stand beside one another.
    [Fact]
    public void Steps_LikeValues_AreSideBySide()
    {
        Assert.Equal([0, 0, 0], Swarm.Steps([0.1, 0.5, 0.9], 0.1, 3));
        Assert.Equal([0, 1, -1, 0], Swarm.Steps([0.5, 0.5, 0.55, 0.7], 0.1, 3));
        // The fourth finds no room and stays in the middle.
        Assert.Equal([0, 1, -1, 0], Swarm.Steps([0.5, 0.5, 0.5, 0.5], 0.1, 1));
    }
}
