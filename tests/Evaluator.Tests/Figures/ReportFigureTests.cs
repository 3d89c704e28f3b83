using System.Text;
using OrganSeg.Inference.Tests.Support;
using SkiaSharp;

namespace OrganSeg.Evaluator.Tests.Figures;

/// <summary>The figures of a whole report, over real gRPC.</summary>
public sealed class ReportFigureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Evaluate_TwoModels_FiguresAreStoredNamedAndShown()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.SealAsync(["anna", "bert"], 3);
        await GreyModel.PublishAsync(fixture.Models, "grey", GreyModel.Onnx(), Token);
        await GreyModel.PublishAsync(fixture.Models, "shifted", GreyModel.Onnx(shift: 1), Token);

        var (report, json) = await fixture.EvaluateAsync("toy", "grey", "shifted");

        var figures = json.GetProperty("figures").EnumerateArray().ToList();
        Assert.Equal(
            ["organs", "patients", "differences", "confusion", "calibration", "agreement", "confusion", "calibration", "agreement", "overview", "panel"],
            figures.Select(figure => figure.GetProperty("kind").GetString()).Take(11));
        Assert.Equal(["grey@1", "shifted@1"], figures.Where(figure => figure.GetProperty("kind").GetString() == "confusion").Select(figure => figure.GetProperty("model").GetString()));
        Assert.Equal(
            ["input", "truth", "grey@1", "error", "shifted@1", "error"],
            figures[10].GetProperty("columns").EnumerateArray().Select(column => column.GetString()));
        var html = Encoding.UTF8.GetString(await fixture.ReadAsync(report.ReportId, "report.html"));
        foreach (var figure in figures)
        {
            var png = await fixture.ReadAsync(report.ReportId, figure.GetProperty("file").GetString()!);
            using var picture = SKBitmap.Decode(png);
            Assert.True(picture.Width >= 1000);
            Assert.Contains(Convert.ToBase64String(png), html, StringComparison.Ordinal);
            Assert.NotEmpty(figure.GetProperty("caption").GetString()!);
        }

        Assert.DoesNotContain("alt=\"\"", html, StringComparison.Ordinal);
        Assert.True(html.IndexOf(": grey@1 − shifted@1", StringComparison.Ordinal) < html.IndexOf("Confusion matrix of grey@1", StringComparison.Ordinal));
        Assert.True(html.IndexOf("Confusion matrix of shifted@1", StringComparison.Ordinal) < html.IndexOf("<h2>Slices</h2>", StringComparison.Ordinal));
    }
}
