using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using OrganSeg.Contracts;
using OrganSeg.V1;

namespace OrganSeg.Evaluator.Tests;

/// <summary>Label maps of any origin, over real gRPC.</summary>
public sealed class ScoreTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Score_TwoPairs_HandComputedNumbersUnderTheNamePredictions()
    {
        await using var fixture = await Fixture.StartAsync();

        // Liver: slice 1 has TP 1 FP 1 FN 0 (P 1/2, R 1, F1 2/3); slice 2 has TP 2 FP 0 FN 2 (P 1, R 1/2, F1 4/6).
        // pooled: TP 3 FP 1 FN 2: P 3/4, R 3/5, F1 6/9. per image F1 (2/3 + 2/3)/2.
        // Both slices are of case "p", so per patient equals pooled.
        var (report, json) = await ScoreAsync(
            fixture, Pair("p_slice1.png", "1100", "1000"), Pair("p_slice2.png", "1100", "1111"));

        var model = Assert.Single(json.GetProperty("models").EnumerateArray());
        Assert.Equal("predictions", model.GetProperty("model").GetString());
        Assert.Equal(JsonValueKind.Null, model.GetProperty("version").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("dataset").ValueKind);
        var liver = model.GetProperty("organs")[0];
        Assert.Equal(0.75, liver.GetProperty("pooled").GetProperty("precision").GetDouble(), 1e-15);
        Assert.Equal(0.6, liver.GetProperty("pooled").GetProperty("recall").GetDouble(), 1e-15);
        Assert.Equal(6.0 / 9, liver.GetProperty("pooled").GetProperty("f1").GetDouble(), 1e-15);
        Assert.Equal(2.0 / 3, liver.GetProperty("perImage").GetProperty("f1").GetDouble(), 1e-15);
        Assert.Equal(0.75, liver.GetProperty("perPatient").GetProperty("precision").GetDouble(), 1e-15);
        Assert.Equal(1, json.GetProperty("counts").GetProperty("patients").GetInt32());
        // Kidney is nowhere: null is written, not left out.
        Assert.Equal(
            JsonValueKind.Null, model.GetProperty("organs")[1].GetProperty("pooled").GetProperty("f1").ValueKind);
        Assert.NotEmpty(await fixture.ReadAsync(report.ReportId, "figures/panel-01.png"));
    }

    // Liver: TP 1, FP 1, FN 0: F1 2/3. Kidney is in neither map.
    [Fact]
    public async Task Score_Gate_FailedAndUndefinedBounds()
    {
        await using var fixture = await Fixture.StartAsync();
        var header = new ScoreHeader
        {
            Gate = new GateDocument
            {
                Name = "g.json",
                Json = """{"schema":1,"aggregation":"pooled","organs":{"liver":{"f1":0.7,"recall":1},"kidney":{"f1":0.5}}}""",
            },
        };

        var (report, _) = await ScoreAsync(fixture, header, Pair("a.png", "1100", "1000"));

        Assert.False(report.Gate.Passed);
        Assert.Equal(3u, report.Gate.Checks);
        Assert.Equal("predictions liver f1 is 0.6667, at least 0.7 is wanted", report.Gate.Failures[0]);
        Assert.StartsWith("predictions kidney f1 is undefined: ", report.Gate.Failures[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Score_NameWithMarkup_IsEscapedInHtml()
    {
        await using var fixture = await Fixture.StartAsync();

        var (report, _) = await ScoreAsync(fixture, Pair("<script>alert(1)</script>&\".png", "1100", "1000"));

        var html = Encoding.UTF8.GetString(await fixture.ReadAsync(report.ReportId, "report.html"));
        Assert.DoesNotContain("<script>", html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;.png", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Score_OwnSchema_NamesItsOrgans()
    {
        await using var fixture = await Fixture.StartAsync();
        var header = new ScoreHeader();
        header.LabelSchema.Add(new V1.LabelClass { Id = 0, Name = "background" });
        header.LabelSchema.Add(new V1.LabelClass { Id = 1, Name = "heart" });

        var (_, json) = await ScoreAsync(fixture, header, Pair("a.png", "11", "11"));

        var organ = Assert.Single(json.GetProperty("models")[0].GetProperty("organs").EnumerateArray());
        Assert.Equal("heart", organ.GetProperty("organ").GetString());
    }

    [Fact]
    public async Task Score_WrongPairs_InvalidNamesTheFile()
    {
        await using var fixture = await Fixture.StartAsync();
        var cut = Pair("cut.png", "11", "11");
        cut.Prediction.Width = 3;

        await FailsAsync("size.png", Pair("size.png", "110", "11"));
        await FailsAsync("class.png", Pair("class.png", "15", "11"));
        await FailsAsync("class.png", Pair("class.png", "11", "71"));
        await FailsAsync("twice.png", Pair("twice.png", "11", "11"), Pair("twice.png", "11", "11"));
        await FailsAsync("cut.png", cut);
        await FailsAsync("pair");

        async Task FailsAsync(string field, params LabelPair[] pairs)
        {
            var error = GrpcErrors.ToOrganSegException(
                await Assert.ThrowsAsync<RpcException>(() => ScoreAsync(fixture, pairs)));
            Assert.Equal(ErrorKind.Invalid, error.Kind);
            Assert.Equal(field, Assert.Single(error.Violations).Field);
        }
    }

    private static LabelPair Pair(string name, string prediction, string reference) => new()
    {
        Name = name,
        Prediction = Labels(prediction),
        Reference = Labels(reference),
    };

    private static Raster Labels(string digits) => new()
    {
        Width = (uint)digits.Length,
        Height = 1,
        Pixels = ByteString.CopyFrom([.. digits.Select(digit => (byte)(digit - '0'))]),
    };

    private static Task<(Report Report, JsonElement Json)> ScoreAsync(Fixture fixture, params LabelPair[] pairs) =>
        ScoreAsync(fixture, new ScoreHeader(), pairs);

    private static async Task<(Report Report, JsonElement Json)> ScoreAsync(
        Fixture fixture, ScoreHeader header, params LabelPair[] pairs)
    {
        using var call = fixture.Client.Score(cancellationToken: Token);
        var reading = call.ResponseStream.ReadAllAsync(Token).LastAsync(Token);
        try
        {
            await call.RequestStream.WriteAsync(new ScoreRequest { Header = header }, Token);
            foreach (var pair in pairs)
            {
                await call.RequestStream.WriteAsync(new ScoreRequest { Pair = pair }, Token);
            }

            await call.RequestStream.CompleteAsync();
        }
        // HTTP/2 of .NET loses a reference when the other side ends the call in the middle of a write.
        catch (Exception error) when (error is RpcException or InvalidOperationException or NullReferenceException)
        {
            // The service ended the call while this side still sent; the answer tells why.
        }

        var last = await reading;
        return (last.Report, JsonDocument.Parse(last.Report.Json).RootElement);
    }
}
