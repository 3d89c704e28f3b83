using System.Text;
using System.Text.Json;
using OrganSeg.Evaluator.Robustness;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.V1;

namespace OrganSeg.Evaluator.Tests.Robustness;

/// <summary>The sweep through the served model, over real gRPC and real ONNX.</summary>
public sealed class RobustnessSweepTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Class c is painted with grey 50c and the model takes the nearest. The series of grey levels is 0, 5, 10, 25, 50:
    // +25 lies in the middle, where the lower class wins, so nothing changes; +50 makes every class the next one, but
    // pancreas stays (250 is nearest to 200) and background, grey 0, is not shifted. Liver, kidney and spleen then have no
    // hit, and pancreas has those of spleen as false positives: F1 = 2P/(2P + S).
    // -25 is in the middle again, and the lower class is now the wrong one: no organ has a hit.
    [Fact]
    public async Task Evaluate_ShiftedGreyLevels_CurvesByHand()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.SealAsync(["anna", "bert"], 2);
        await GreyModel.PublishAsync(fixture.Models, "grey", GreyModel.Onnx(), Token);
        var pixels = new[] { 0, 1, 1, 2 }.SelectMany(seed => Fixture.Labels(seed).Pixels).CountBy(id => id).ToDictionary();
        var pancreas = 2.0 * pixels[4] / ((2.0 * pixels[4]) + pixels[3]);

        var (report, json) = await fixture.EvaluateAsync(Request(new RobustnessOptions()));

        var curves = json.GetProperty("models")[0].GetProperty("robustness").EnumerateArray().ToList();
        Assert.Equal(Perturbations.Names, curves.Select(curve => curve.GetProperty("perturbation").GetString()));
        var up = Find(curves, Perturbations.HuShiftUp);
        Assert.Equal("grey levels", up.GetProperty("unit").GetString());
        Assert.Equal([0, 5, 10, 25, 50], up.GetProperty("severities").Deserialize<double[]>()!);
        Assert.Equal([1, 1, 1, 1, 0], F1(up, "liver"));
        Assert.Equal([1, 1, 1, 1, 0], F1(up, "spleen"));
        Assert.Equal([1, 1, 1, 1, pancreas], F1(up, "pancreas"));
        // From 1 at 25 to 0 at 50, .9 is a tenth of the way.
        Assert.Equal(27.5, Organ(up, "liver").GetProperty("breakPoint").GetDouble(), 1e-9);
        Assert.Equal([1, 1, 1, 0, 0], F1(Find(curves, Perturbations.HuShiftDown), "kidney"));
        // Bands of 12 pixels turned by 30 degrees match no more unless the labels are turned with them.
        Assert.All(F1(Find(curves, Perturbations.Rotation), "liver"), f1 => Assert.InRange(f1!.Value, 0.75, 1));
        Assert.Equal(4, json.GetProperty("robustness").GetProperty("slices").GetInt32());
        var html = Encoding.UTF8.GetString(await fixture.ReadAsync(report.ReportId, "report.html"));
        Assert.Contains("<h3>Robustness</h3>", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_SameSeedTwice_SameCurvesOverTheWantedSlices()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.SealAsync(["anna", "bert"], 3);
        await GreyModel.PublishAsync(fixture.Models, "grey", GreyModel.Onnx(), Token);
        var options = new RobustnessOptions { MaxSlices = 2, Seed = 5, KeptShare = 0.5 };

        var (_, first) = await fixture.EvaluateAsync(Request(options));
        var (_, second) = await fixture.EvaluateAsync(Request(options));

        Assert.Equal(
            first.GetProperty("models")[0].GetProperty("robustness").GetRawText(),
            second.GetProperty("models")[0].GetProperty("robustness").GetRawText());
        var sweep = first.GetProperty("robustness");
        Assert.Equal((2, 2), (sweep.GetProperty("slices").GetInt32(), sweep.GetProperty("patients").GetInt32()));
        Assert.Equal((5ul, 0.5), (sweep.GetProperty("seed").GetUInt64(), sweep.GetProperty("keptShare").GetDouble()));
        Assert.Equal(6, first.GetProperty("counts").GetProperty("slices").GetInt32());
    }

    [Fact]
    public async Task Evaluate_WithoutSweep_NullInTheReport()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.SealAsync(["anna"], 1);
        await GreyModel.PublishAsync(fixture.Models, "grey", GreyModel.Onnx(), Token);

        var (report, json) = await fixture.EvaluateAsync("toy", "grey");

        Assert.Equal(JsonValueKind.Null, json.GetProperty("models")[0].GetProperty("robustness").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("robustness").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("gate").ValueKind);
        Assert.Null(report.Gate);
    }

    private static EvaluateRequest Request(RobustnessOptions options) =>
        new() { Dataset = "toy", Split = "test", Models = { "grey" }, Robustness = options };

    private static JsonElement Find(List<JsonElement> curves, string name) =>
        curves.Single(curve => curve.GetProperty("perturbation").GetString() == name);

    private static JsonElement Organ(JsonElement curve, string organ) =>
        curve.GetProperty("organs").EnumerateArray().Single(o => o.GetProperty("organ").GetString() == organ);

    private static double?[] F1(JsonElement curve, string organ) => Organ(curve, organ).GetProperty("f1").Deserialize<double?[]>()!;
}
