using OrganSeg.Evaluator.Figures;
using OrganSeg.Evaluator.Reports;
using OrganSeg.Evaluator.Robustness;
using OrganSeg.Evaluator.Statistics;
using static OrganSeg.Evaluator.Tests.Figures.FigureData;

namespace OrganSeg.Evaluator.Tests.Figures;

/// <summary>What holds for every figure.</summary>
public sealed class FigureSheetTests
{
    private static readonly ModelReport[] Models =
        [Model("a", Organ("liver", 0.9, 0.9, 0.8), Organ("spleen", null, null, null)), Model("b", Organ("liver", 0.7, 0.6, 0.8), Organ("spleen", 0.1, 0, 0.2))];

    private static readonly Dictionary<string, Func<FigureSheet>> Figures = new()
    {
        ["bars"] = () => BarsFigure.Of(Models, Counts),
        ["boxes"] = () => BoxesFigure.Of(Models),
        ["confusion"] = () => ConfusionFigure.Of("a", new ConfusionReport(["background", "liver"], "reference", "prediction", [[3, 1], [1, 3]])),
        ["calibration"] = () =>
        {
            var histogram = new CalibrationHistogram();
            histogram.Add(0.8, 5, 4);
            return CalibrationFigure.Of("a", [OrganCalibration.Of("liver", histogram)]);
        },
        ["volumes"] = () => BlandAltmanFigure.Of("a", [new OrganVolumes("liver", [new(10, 11), new(20, 19), new(5, 7)])], "mL"),
        ["robustness"] = () => RobustnessFigure.Of(
            "a",
            [new RobustnessCurve("blur", "pixels", [0, 1], [OrganCurve.Of("liver", [0, 1], [0.9, 0.5], 0.9)])],
            new RobustnessInformation(1, 1, 1, 0.9)),
        ["differences"] = () => DifferenceFigure.Of(ReportStatistics.Compare(Models, "skip")[0], ReportStatistics.Pair(Models[0], Models[1])),
    };

    public static TheoryData<string> Names => [.. Figures.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void ToPng_SameFigureAgain_SameBytes(string name) => Assert.Equal(Figures[name]().ToPng(), Figures[name]().ToPng());

    [Theory]
    [MemberData(nameof(Names))]
    public void ToPng_Corners_AreWhite(string name)
    {
        var png = Figures[name]().ToPng();

        using var bitmap = SkiaSharp.SKBitmap.Decode(png);
        Assert.Equal(SkiaSharp.SKColors.White, bitmap.GetPixel(0, 0));
        Assert.Equal(SkiaSharp.SKColors.White, bitmap.GetPixel(bitmap.Width - 1, bitmap.Height - 1));
    }

    // Every plot is drawn in a place of its own: none wipes out, or covers, one before it.
    [Fact]
    public void ToPng_SeveralPlots_AllAreThere()
    {
        using var picture = new Picture(BoxesFigure.Of(
            [Model("a", [.. Enumerable.Range(0, 6).Select(organ => Organ($"organ {organ}", null, 0.5 + 0.05 * organ))])]));

        for (var organ = 0; organ < 6; organ++)
        {
            Assert.True(Picture.Is(picture.At(0, 0.5 + 0.05 * organ, organ), FigureStyle.Organ(organ)));
        }
    }
}
