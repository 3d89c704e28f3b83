using OrganSeg.Evaluator.Figures;
using OrganSeg.Evaluator.Reports;
using OrganSeg.Evaluator.Statistics;
using ScottPlot;
using static OrganSeg.Evaluator.Tests.Figures.FigureData;

namespace OrganSeg.Evaluator.Tests.Figures;

public sealed class DifferenceFigureTests
{
    // Liver: .9 − .8 = .1 and .7 − .75 = −.05; their mean is .025. The third patient has no F1 in one of the models, the
    // spleen in none.
    [Fact]
    public void Of_Pair_DotsMeanAndAnEmptyOrgan()
    {
        var sheet = Sheet("a", "b");
        using var picture = new Picture(sheet);

        Assert.True(Picture.Is(picture.At(0, 0.1), FigureStyle.Organ(0)));
        Assert.True(Picture.Is(picture.At(0, -0.05), FigureStyle.Organ(0)));
        Assert.True(Picture.Is(picture.At(0.34, 0.025), FigureStyle.Ink));
        Assert.Equal(0, picture.CountBetween(0.6, 1.4, 0.01, 0.1, FigureStyle.Organ(1)));
        Assert.Equal(0, picture.CountBetween(0.6, 1.4, 0.01, 0.1, FigureStyle.Ink));
        Assert.Equal("F1 by patient (2 patients): a − b", sheet.Title);
    }

    [Fact]
    public void Of_ModelsTheOtherWayRound_DotsAreMirrored()
    {
        using var picture = new Picture(Sheet("b", "a"));

        Assert.True(Picture.Is(picture.At(0, -0.1), FigureStyle.Organ(0)));
        Assert.True(Picture.Is(picture.At(0, 0.05), FigureStyle.Organ(0)));
        Assert.True(Picture.Is(picture.At(0, 0.093), Colors.White));
    }

    private static FigureSheet Sheet(string first, string second)
    {
        ModelReport[] models =
        [
            Model("a", Organ("liver", null, 0.9, 0.7, 0.5), Organ("spleen", null, null, null, null)),
            Model("b", Organ("liver", null, 0.8, 0.75, null), Organ("spleen", null, null, null, null)),
        ];
        var (one, other) = (models.Single(model => model.Title == first), models.Single(model => model.Title == second));
        var sign = first == "a" ? 1 : -1;
        OrganComparison[] organs =
        [
            Comparison("liver", 2, Interval(sign * 0.025, sign * 0.025 - 0.1, sign * 0.025 + 0.1)),
            Comparison("spleen", 0, Interval(null, null, null)),
        ];
        return DifferenceFigure.Of(new ModelPair(first, second, "F1 per patient", organs), ReportStatistics.Pair(one, other));
    }

    private static OrganComparison Comparison(string organ, int pairs, ConfidenceInterval mean) =>
        new(organ, pairs, mean, mean, null, null, null, null, new ComparisonVerdict(Outcome.TooFewPatients, "", []));
}
