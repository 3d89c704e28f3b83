using System.Text;
using OrganSeg.Evaluator.Gates;
using OrganSeg.Imaging;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.V1;

namespace OrganSeg.Evaluator.Tests.Gates;

public sealed class GateTests
{
    private const string Valid = """
        {"schema":1,"aggregation":"perPatient","organs":{"liver":{"f1":0.94,"recall":0.9}},
         "robustness":{"gaussian-noise":{"severity":2,"liver":0.9,"spleen":0.8}}}
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Parse_WholeGate_EveryBound()
    {
        var gate = GateFile.Parse("gate.json", Valid, LabelSchema.Abdomen);

        Assert.Equal(GateAggregation.PerPatient, gate.Aggregation);
        Assert.Equal(
            ["organs.liver.f1", "organs.liver.recall", "robustness.gaussian-noise.liver", "robustness.gaussian-noise.spleen"],
            gate.Bounds.Select(bound => bound.Path));
        Assert.Equal(("gaussian-noise", 2.0, 0.8), (gate.Bounds[3].Perturbation, gate.Bounds[3].Severity, gate.Bounds[3].Value));
    }

    [Theory]
    [InlineData("", "gate.json $")]
    [InlineData("null", "gate.json $")]
    [InlineData("""{"schema":1,"aggregation":"pooled","organs":{"liver":{"f1":0.9}""", "line 1")]
    [InlineData("""{"schema":1,"organs":{"liver":{"f1":0.9}}}""", "lacks 'aggregation'")]
    [InlineData("""{"schema":1,"aggregation":"mean","organs":{"liver":{"f1":0.9}}}""", "$.aggregation")]
    [InlineData("""{"schema":1,"aggregation":0,"organs":{"liver":{"f1":0.9}}}""", "$.aggregation")]
    [InlineData("""{"schema":1,"aggregation":"pooled","organ":{"liver":{"f1":0.9}}}""", "has the member 'organ'")]
    [InlineData("""{"schema":1,"aggregation":"pooled","organs":{"liver":{"f1":"0.9"}}}""", "$.organs.liver.f1")]
    [InlineData("""{"schema":1,"aggregation":"pooled","organs":{"liver":{"f1":0.9,"f1":0.1}}}""", "f1")]
    [InlineData("""{"schema":2,"aggregation":"pooled","organs":{"liver":{"f1":0.9}}}""", "gate.json schema: is 2")]
    [InlineData("""{"schema":1,"aggregation":"pooled","organs":{"liver":{"dice":0.9}}}""", "organs.liver.dice: is no metric")]
    [InlineData("""{"schema":1,"aggregation":"pooled","organs":{"heart":{"f1":0.9}}}""", "'heart' is no organ; there are liver, kidney")]
    [InlineData("""{"schema":1,"aggregation":"pooled","organs":{"liver":{"f1":94}}}""", "is 94; give a value from 0 to 1")]
    [InlineData("""{"schema":1,"aggregation":"pooled","organs":{"liver":{"hd95":5}}}""", "organs.liver.hd95: is a distance")]
    [InlineData("""{"schema":1,"aggregation":"perImage","organs":{"liver":{"nsd":1.5}}}""", "is 1.5; give a value from 0 to 1")]
    [InlineData("""{"schema":1,"aggregation":"perPatient","organs":{"liver":{"assd":-1}}}""", "is -1; give 0 or more")]
    [InlineData("""{"schema":1,"aggregation":"pooled","organs":{}}""", "sets no bound")]
    [InlineData("""{"schema":1,"aggregation":"pooled","organs":{"liver":null}}""", "sets no bound")]
    [InlineData("""{"schema":1,"aggregation":"pooled","robustness":{"fog":{"severity":1,"liver":0.9}}}""", "robustness.fog: is no perturbation")]
    [InlineData("""{"schema":1,"aggregation":"pooled","robustness":{"blur":{"liver":0.9}}}""", "robustness.blur: has no severity")]
    public void Parse_WrongGate_InvalidNamesFileAndPath(string json, string expected)
    {
        var error = Assert.Throws<OrganSegException>(() => GateFile.Parse("gate.json", json, LabelSchema.Abdomen));

        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.All(error.Violations, violation => Assert.StartsWith("gate.json ", violation.Field, StringComparison.Ordinal));
        Assert.DoesNotContain("OrganSeg.Evaluator", error.Message, StringComparison.Ordinal);
    }

    // The model is perfect on unperturbed slices; see RobustnessSweepTests for what shifted ones give: liver 1 at +25 and 0
    // at +50, so .6 at +35.
    [Fact]
    public async Task Evaluate_BoundsAllKept_Passes()
    {
        await using var fixture = await StartAsync();

        var (report, json) = await fixture.EvaluateAsync(Request(
            """
            {"schema":1,"aggregation":"perImage","organs":{"liver":{"f1":1,"precision":0.5}},
             "robustness":{"hu-shift-up":{"severity":35,"liver":0.59}}}
            """,
            robustness: true));

        Assert.True(report.Gate.Passed);
        Assert.Equal(3u, report.Gate.Checks);
        Assert.Empty(report.Gate.Failures);
        var gate = json.GetProperty("gate");
        Assert.True(gate.GetProperty("passed").GetBoolean());
        Assert.Equal("perImage", gate.GetProperty("aggregation").GetString());
        var check = gate.GetProperty("checks")[2];
        Assert.Equal(("passed", 0.6), (check.GetProperty("outcome").GetString(), Math.Round(check.GetProperty("value").GetDouble(), 9)));
    }

    [Fact]
    public async Task Evaluate_BoundsMissedOrUndefined_FailsWithReasonsAndStoresTheReport()
    {
        await using var fixture = await StartAsync();
        await GreyModel.PublishAsync(fixture.Models, "shifted", GreyModel.Onnx(shift: 1), Token);

        var (report, json) = await fixture.EvaluateAsync(Request(
            """
            {"schema":1,"aggregation":"pooled","organs":{"liver":{"f1":0.9}},
             "robustness":{"blur":{"severity":1,"liver":0.5}}}
            """,
            robustness: false,
            "shifted"));

        // Every class is predicted as the next one, so liver has no hit.
        Assert.False(report.Gate.Passed);
        Assert.Equal(
            [
                "shifted@1 liver f1 is 0, at least 0.9 is wanted",
                "shifted@1 liver f1 under blur 1 is undefined: the report has no sweep of perturbations; evaluate with --robustness",
            ],
            report.Gate.Failures);
        Assert.Equal(
            ["failed", "undefined"],
            json.GetProperty("gate").GetProperty("checks").EnumerateArray().Select(c => c.GetProperty("outcome").GetString()));
        var html = Encoding.UTF8.GetString(await fixture.ReadAsync(report.ReportId, "report.html"));
        Assert.Contains("Failed: 2 of 2 bounds do not hold.", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_SeverityOutsideTheSeries_Undefined()
    {
        await using var fixture = await StartAsync();

        var (report, _) = await fixture.EvaluateAsync(Request(
            """{"schema":1,"aggregation":"pooled","robustness":{"blur":{"severity":9,"liver":0.5}}}""", robustness: true));

        Assert.Contains("the sweep goes from 0 to 3 pixels", Assert.Single(report.Gate.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_WrongGate_InvalidBeforeAnySliceIsPredicted()
    {
        await using var fixture = await StartAsync();

        using var call = fixture.Client.Evaluate(Request("{}", robustness: false), cancellationToken: Token);
        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => call.ResponseStream.MoveNext(Token));

        Assert.Equal(Grpc.Core.StatusCode.InvalidArgument, error.StatusCode);
        Assert.Contains("gate.json", error.Status.Detail, StringComparison.Ordinal);
    }

    private static async Task<Fixture> StartAsync()
    {
        var fixture = await Fixture.StartAsync();
        await fixture.SealAsync(["anna"], 2);
        await GreyModel.PublishAsync(fixture.Models, "grey", GreyModel.Onnx(), Token);
        return fixture;
    }

    private static EvaluateRequest Request(string gate, bool robustness, string model = "grey") => new()
    {
        Dataset = "toy",
        Split = "test",
        Models = { model },
        Robustness = robustness ? new RobustnessOptions { MaxSlices = 1 } : null,
        Gate = new GateDocument { Name = "gate.json", Json = gate },
    };
}
