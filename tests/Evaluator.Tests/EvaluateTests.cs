using System.Text;
using System.Text.Json;
using Grpc.Core;
using OrganSeg.Evaluator.Metrics;
using OrganSeg.Imaging;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.V1;

namespace OrganSeg.Evaluator.Tests;

/// <summary>A split through the served model, over real gRPC and real ONNX.</summary>
public sealed class EvaluateTests
{
    private static readonly string[] Organs = ["liver", "kidney", "spleen", "pancreas"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Evaluate_PerfectModel_AllOnesAndCompleteReport()
    {
        await using var fixture = await Fixture.StartAsync();
        var manifest = await fixture.SealAsync(["anna", "bert"], 5);
        await GreyModel.PublishAsync(fixture.Models, "grey", GreyModel.Onnx(), Token, trainingCases: ["trained"]);

        var (report, json) = await fixture.EvaluateAsync("toy", "grey");

        Assert.Equal(1, json.GetProperty("schema").GetInt32());
        Assert.Equal(manifest.Digest, json.GetProperty("dataset").GetProperty("digest").GetString());
        Assert.Equal("test", json.GetProperty("dataset").GetProperty("split").GetString());
        Assert.Equal(10, json.GetProperty("counts").GetProperty("slices").GetInt32());
        Assert.Equal(2, json.GetProperty("counts").GetProperty("patients").GetInt32());
        var model = Assert.Single(json.GetProperty("models").EnumerateArray());
        Assert.Equal(("grey", "1"), (model.GetProperty("model").GetString(), model.GetProperty("version").GetString()));
        Assert.Equal(Organs, model.GetProperty("organs").EnumerateArray().Select(o => o.GetProperty("organ").GetString()));
        foreach (var organ in model.GetProperty("organs").EnumerateArray())
        {
            foreach (var aggregation in new[] { "pooled", "perImage", "perPatient" })
            {
                var scores = organ.GetProperty(aggregation);
                Assert.Equal(1, scores.GetProperty("precision").GetDouble());
                Assert.Equal(1, scores.GetProperty("recall").GetDouble());
                Assert.Equal(1, scores.GetProperty("f1").GetDouble());
            }
        }

        Assert.Equal(["few-patients"], Codes(json));
        Assert.Contains("report.json", report.Files);
        Assert.Contains("report.html", report.Files);
        Assert.Contains("figures/panel-01.png", report.Files);
        Assert.Equal(report.Json, Encoding.UTF8.GetString(await fixture.ReadAsync(report.ReportId, "report.json")));
        var png = await fixture.ReadAsync(report.ReportId, "figures/panel-01.png");
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], png[..4]);
        var list = await fixture.Client.ListReportsAsync(new ListReportsRequest(), cancellationToken: Token);
        Assert.Equal(report.ReportId, Assert.Single(list.Reports).ReportId);
    }

    // The second model adds 1 to every class modulo 5, so what it says is known without running it.
    [Fact]
    public async Task Evaluate_ImperfectModel_SameAsScoringItsKnownAnswers()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.SealAsync(["anna", "bert"], 4);
        await GreyModel.PublishAsync(fixture.Models, "grey", GreyModel.Onnx(), Token);
        await GreyModel.PublishAsync(fixture.Models, "shifted", GreyModel.Onnx(shift: 1), Token);
        var expected = Scorers.Of(LabelSchema.Abdomen);
        foreach (var (patient, slice) in from p in Enumerable.Range(0, 2) from s in Enumerable.Range(0, 4) select (p, s))
        {
            var truth = Fixture.Labels(patient + slice);
            var shifted = new ByteImage(64, 64, Array.ConvertAll(truth.Pixels, id => (byte)((id + 1) % 5)));
            expected.Add(LabelSchema.Abdomen, new SliceId($"p{patient}", $"s{slice}"), truth, shifted);
        }

        var (_, json) = await fixture.EvaluateAsync("toy@1", "grey", "shifted", "shifted@1");

        // A model named twice is evaluated once.
        var models = json.GetProperty("models").EnumerateArray().ToList();
        Assert.Equal(["grey", "shifted"], models.Select(m => m.GetProperty("model").GetString()));
        Assert.Equal(
            expected.Organs().Select(organ => organ.PerPatient.F1),
            models[1].GetProperty("organs").EnumerateArray().Select(o => F1(o, "perPatient")));
        Assert.Equal(
            expected.Organs().Select(organ => organ.PerImage.F1),
            models[1].GetProperty("organs").EnumerateArray().Select(o => F1(o, "perImage")));
        Assert.Equal(
            expected.Confusion.ToRows(),
            models[1].GetProperty("confusionMatrix").GetProperty("pixels").Deserialize<long[][]>());
    }

    [Fact]
    public async Task Evaluate_LeakySplitAndTrainedOnCases_LoudWarnings()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.SealAsync(["anna", "bert"], 2, leaky: true);
        await GreyModel.PublishAsync(
            fixture.Models, "grey", GreyModel.Onnx(), Token, trainingCases: ["anna", "trained"], leaky: true);

        var (report, json) = await fixture.EvaluateAsync("toy", "grey");

        Assert.Equal(["leaky-split", "trained-on-evaluated-cases", "leaky-training", "few-patients"], Codes(json));
        var html = Encoding.UTF8.GetString(await fixture.ReadAsync(report.ReportId, "report.html"));
        Assert.Contains("grey@1 was trained on 1 of the 2 evaluated cases (anna)", html, StringComparison.Ordinal);
        Assert.Contains("warning serious", html, StringComparison.Ordinal);
    }

    // A dataset whose patient was imported twice, under two names: only the pixels tell.
    [Fact]
    public async Task Evaluate_SameSlicesUnderAnotherName_NearDuplicatesInEveryReport()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.SealAsync(["anna", "bert"], 3, trainedSeed: 1);
        await GreyModel.PublishAsync(fixture.Models, "grey", GreyModel.Onnx(), Token, trainingCases: ["trained"]);

        var (report, json) = await fixture.EvaluateAsync("toy", "grey");

        // Seed 1 paints the second slice of anna and the first of bert; seed 2, a pixel further, those after them.
        Assert.Equal(["near-duplicates", "few-patients"], Codes(json));
        var section = json.GetProperty("nearDuplicates");
        Assert.Equal((6, 1, 4), (Number("evaluated"), Number("compared"), Number("found")));
        Assert.Equal(["anna", "bert"], section.GetProperty("cases").EnumerateArray().Select(name => name.GetString()));
        Assert.All(section.GetProperty("pairs").EnumerateArray(), pair => Assert.Equal("trained", pair.GetProperty("otherCase").GetString()));
        var html = Encoding.UTF8.GetString(await fixture.ReadAsync(report.ReportId, "report.html"));
        Assert.Contains("<h2>Near-duplicates across the split</h2>", html, StringComparison.Ordinal);
        Assert.Contains("<td>anna</td><td>slice001</td><td>toy@1 train</td><td>trained</td><td>slice000</td>", html, StringComparison.Ordinal);

        var markdown = Encoding.UTF8.GetString(await fixture.ReadAsync(report.ReportId, "report.md"));
        Assert.Contains("| anna | slice001 | toy@1 train | trained | slice000 | 1.0000 |", markdown, StringComparison.Ordinal);
        Assert.Contains("report.md", report.Files);

        int Number(string name) => section.GetProperty(name).GetInt32();
    }

    [Fact]
    public async Task Evaluate_WrongRequests_SayWhatThereIs()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.SealAsync(["anna"], 1);
        await GreyModel.PublishAsync(fixture.Models, "grey", GreyModel.Onnx(), Token);

        var empty = await fixture.EvaluateFailsAsync("toy", "validation", "grey");
        var noModel = await fixture.EvaluateFailsAsync("toy", "test", "gray");
        var noDataset = await fixture.EvaluateFailsAsync("tox", "test", "grey");
        var nothing = await fixture.EvaluateFailsAsync("", "half");

        Assert.Equal(ErrorKind.Invalid, empty.Kind);
        Assert.Contains("it has test, train", empty.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorKind.Missing, noModel.Kind);
        Assert.Contains("grey@1", noModel.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorKind.Missing, noDataset.Kind);
        Assert.Equal(["dataset", "split", "models"], nothing.Violations.Select(v => v.Field));
    }

    [Fact]
    public async Task Evaluate_ModelThatCannotBeServed_CorruptAndNothingStored()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.SealAsync(["anna"], 2);
        await GreyModel.PublishAsync(fixture.Models, "broken", [1, 2, 3], Token);

        var error = await fixture.EvaluateFailsAsync("toy", "test", "broken");

        Assert.Equal(ErrorKind.Corrupt, error.Kind);
        Assert.Contains("broken@1/model.onnx", error.Message, StringComparison.Ordinal);
        Assert.Empty((await fixture.Client.ListReportsAsync(new ListReportsRequest(), cancellationToken: Token)).Reports);
    }

    [Fact]
    public async Task Evaluate_InferenceAwayForGood_DependencyWithWhatToDo()
    {
        await using var fixture = await Fixture.StartAsync(("InferencePatienceSeconds", "0"));
        await fixture.SealAsync(["anna"], 1);
        await fixture.StopInferenceAsync();

        var error = await fixture.EvaluateFailsAsync("toy", "test", "grey");

        Assert.Equal(ErrorKind.Dependency, error.Kind);
        Assert.Contains("Inference", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_InferenceRestartsMeanwhile_EverySliceIsScoredOnce()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.SealAsync([.. Enumerable.Range(0, 10).Select(i => $"case{i}")], 60);
        await GreyModel.PublishAsync(fixture.Models, "grey", GreyModel.Onnx(), Token);
        var request = new EvaluateRequest { Dataset = "toy", Split = "test", Models = { "grey" } };
        using var call = fixture.Client.Evaluate(request, cancellationToken: Token);
        Assert.True(await call.ResponseStream.MoveNext(Token));

        var restart = await fixture.StopInferenceAsync();
        await restart();
        var last = await call.ResponseStream.ReadAllAsync(Token).LastAsync(Token);

        var json = JsonDocument.Parse(last.Report.Json).RootElement;
        Assert.Equal(600, json.GetProperty("counts").GetProperty("slices").GetInt32());
        Assert.Equal(1, F1(json.GetProperty("models")[0].GetProperty("organs")[0], "pooled"));
    }

    [Fact]
    public async Task GetReportFile_UnknownFile_Missing()
    {
        await using var fixture = await Fixture.StartAsync();

        var error = await Assert.ThrowsAsync<RpcException>(() => fixture.ReadAsync("20260101-000000-abcd", "report.json"));

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
    }

    private static IEnumerable<string?> Codes(JsonElement report) =>
        report.GetProperty("warnings").EnumerateArray().Select(warning => warning.GetProperty("code").GetString());

    private static double? F1(JsonElement organ, string aggregation) =>
        organ.GetProperty(aggregation).GetProperty("f1").Deserialize<double?>();
}
