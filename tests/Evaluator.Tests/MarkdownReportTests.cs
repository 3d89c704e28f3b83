using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.V1;

namespace OrganSeg.Evaluator.Tests;

/// <summary><c>report.md</c> of whole evaluations.</summary>
public sealed partial class MarkdownReportTests
{
    [Fact]
    public async Task Evaluate_TwoModelsWithEverything_WellFormedAndComplete()
    {
        await using var fixture = await Fixture.StartAsync();
        var token = TestContext.Current.CancellationToken;
        await fixture.SealAsync(["an|na", "<bert>"], 3, leaky: true);
        await GreyModel.PublishAsync(fixture.Models, "grey", GreyModel.Onnx(), token);
        await GreyModel.PublishAsync(fixture.Models, "shifted", GreyModel.Onnx(shift: 1), token, trainingCases: ["an|na"]);
        var request = new EvaluateRequest
        {
            Dataset = "toy",
            Split = "test",
            Robustness = new RobustnessOptions { MaxSlices = 2 },
            Gate = new GateDocument { Name = "gate.json", Json = """{"schema":1,"aggregation":"pooled","organs":{"liver":{"f1":0.9}}}""" },
        };
        request.Models.AddRange(["grey", "shifted"]);

        var (report, json) = await fixture.EvaluateAsync(request);

        var text = Encoding.UTF8.GetString(await fixture.ReadAsync(report.ReportId, "report.md"));
        var lines = text.Split('\n');
        AssertTables(lines);
        Assert.Equal("# Segmentation report", lines[0]);
        Assert.Equal(
            ["Gate", "Comparison", "grey@1", "shifted@1", "Near-duplicates across the split", "Figures", "How the numbers are made"],
            lines.Where(line => line.StartsWith("## ", StringComparison.Ordinal)).Select(line => line[3..]));

        // Warnings come before every number but the counts, in the order of the JSON.
        var warnings = json.GetProperty("warnings").EnumerateArray().Select(warning => warning.GetProperty("severity").GetString());
        Assert.Equal(
            warnings.Select(severity => severity == "serious" ? "> **Warning.**" : "> **Note.**"),
            lines.TakeWhile(line => line != "## Gate").Where(line => line.StartsWith("> ", StringComparison.Ordinal)).Select(line => line[..line.IndexOf(".**", StringComparison.Ordinal)] + ".**"));

        // Case names are text, never markup, and end no cell.
        Assert.Contains("(an\\|na)", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<bert>", text, StringComparison.Ordinal);
        Assert.Contains("**Failed: ", text, StringComparison.Ordinal);
        Assert.Contains("### grey@1 against shifted@1", text, StringComparison.Ordinal);

        var figures = Links().Matches(text).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(json.GetProperty("figures").EnumerateArray().Select(figure => figure.GetProperty("file").GetString()), figures);
        Assert.All(figures, figure => Assert.Contains(figure, report.Files));

        // The numbers are those of report.json.
        foreach (var model in json.GetProperty("models").EnumerateArray())
        {
            foreach (var organ in model.GetProperty("organs").EnumerateArray())
            {
                foreach (var aggregation in new[] { "pooled", "perImage", "perPatient" })
                {
                    var scores = organ.GetProperty(aggregation);
                    var counts = scores.TryGetProperty("defined", out var defined)
                        ? string.Join(", ", new[] { "precision", "recall", "f1" }.Select(value => defined.GetProperty(value).GetInt32())) : "";
                    Assert.Contains(
                        $"| {organ.GetProperty("organ").GetString()} | {Score(scores, "precision")} | {Score(scores, "recall")} | {Score(scores, "f1")} | {counts} |",
                        lines);
                }
            }

            foreach (var curve in model.GetProperty("robustness").EnumerateArray())
            {
                var name = $"| {curve.GetProperty("perturbation").GetString()} | ";
                Assert.Equal(2, lines.Count(line => line.StartsWith(name, StringComparison.Ordinal)));
            }
        }
    }

    private static string Score(JsonElement scores, string name) =>
        scores.GetProperty(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble().ToString("F4", null) : "–";

    /// <summary>Every table has a blank line before it, a row of dashes, and as many cells in each row as in the first.</summary>
    private static void AssertTables(string[] lines)
    {
        var tables = 0;
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith('|'))
            {
                continue;
            }

            tables++;
            Assert.Equal("", lines[i - 1]);
            Assert.Matches("^\\| --- (\\| ---: )*\\|$", lines[i + 1]);
            var cells = Cells(lines[i]);
            for (; lines[i].StartsWith('|'); i++)
            {
                Assert.Equal(cells, Cells(lines[i]));
            }

            Assert.Equal("", lines[i]);
        }

        Assert.InRange(tables, 10, 100);
    }

    private static int Cells(string row) => Bars().Count(row) - 1;

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Bars();

    [GeneratedRegex(@"!\[[^\]]*\]\(([^)]+)\)")]
    private static partial Regex Links();
}
