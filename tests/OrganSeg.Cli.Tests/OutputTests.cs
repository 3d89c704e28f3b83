using System.Text.Json;
using OrganSeg.Cli.Commands;
using OrganSeg.Cli.Terminal;
using OrganSeg.Cli.Work;
using OrganSeg.V1;

namespace OrganSeg.Cli.Tests;

public sealed class OutputTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public void Json_WithOtherOutput_IsTheOnlyThingOnStandardOutput()
    {
        var output = new Output(_output, _error, json: true, TimeProvider.System);
        var dataset = new Dataset { Name = "btcv", Version = "3", Digest = "d1", Size = 224, SplitPolicy = "table" };
        dataset.LabelSchema.Add([new LabelClass { Id = 0, Name = "background" }, new LabelClass { Id = 1, Name = "liver" }]);
        dataset.Splits.Add(new SplitSummary { Split = "train", Cases = 2, Slices = 5, SlicesWith = { ["liver"] = 4 } });

        DatasetView.Show(output, dataset);
        output.Json(DatasetView.Json(dataset));

        var json = JsonDocument.Parse(_output.ToString()).RootElement;
        Assert.Equal("btcv", json.GetProperty("name").GetString());
        Assert.Equal("3", json.GetProperty("version").GetString());
        Assert.Equal(4, json.GetProperty("splits")[0].GetProperty("slicesWith").GetProperty("liver").GetInt32());
        Assert.Contains("btcv@3", _error.ToString());
    }

    // Markdown that is broken at the width of a terminal is other Markdown.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Text_LongLine_IsWrittenAsItIsUnlessJson(bool json)
    {
        var text = $"| {new string('x', 500)} [bold] |\n";

        new Output(_output, _error, json, TimeProvider.System).Text(text);

        Assert.Equal(json ? "" : text, _output.ToString());
        Assert.Empty(_error.ToString());
    }

    [Fact]
    public void Show_AliasWithRollouts_NamesThemWithTheirShares()
    {
        var output = new Output(_output, _error, json: false, TimeProvider.System);
        var alias = new Alias
        {
            Alias_ = "production",
            Model = "m",
            Version = "1",
            Canary = new Rollout { Model = "m", Version = "2", Share = 0.1 },
            Shadow = new Rollout { Model = "n", Version = "3", Share = 0.005 },
        };

        ModelView.Show(output, alias);

        Assert.Equal(
            "production is m@1, canary: m@2 (10 % of the requests), shadow: n@3 (0.5 % of the requests)", _output.ToString().Trim());
    }

    [Fact]
    public void Json_AliasWithACanary_HasItAndNoShadow()
    {
        var output = new Output(_output, _error, json: true, TimeProvider.System);
        var alias = new Alias
        {
            Alias_ = "production",
            Model = "m",
            Version = "1",
            Canary = new Rollout { Model = "m", Version = "2", Share = 0.1 },
        };

        output.Json(ModelView.Json(alias));

        var json = JsonDocument.Parse(_output.ToString()).RootElement;
        Assert.Equal("2", json.GetProperty("canary").GetProperty("version").GetString());
        Assert.Equal(0.1, json.GetProperty("canary").GetProperty("share").GetDouble());
        Assert.False(json.TryGetProperty("shadow", out var shadow) && shadow.ValueKind != JsonValueKind.Null);
    }

    [Fact]
    public void Table_WithoutTerminal_HasNoEscapeCodes()
    {
        var output = new Output(_output, _error, json: false, TimeProvider.System);

        output.Table(["model", " F1"], [["a@1", "0.9000"], ["[b]", "–"]]);

        Assert.DoesNotContain('\u001b', _output.ToString());
        Assert.Contains("[b]", _output.ToString());
        Assert.Empty(_error.ToString());
    }

    [Fact]
    public void Show_Report_HasARowForEachOrganAndItsWarnings()
    {
        var output = new Output(_output, _error, json: false, TimeProvider.System);
        var report = ReportSummary.Parse(
            """
            {"schema":1,"warnings":[{"code":"leaky","severity":"serious","model":null,"message":"the split is leaky"}],
             "models":[{"model":"m","version":"2","organs":[
              {"organ":"liver","pooled":{"precision":0.5,"recall":1,"f1":0.66666},"perImage":{"precision":null,"recall":null,"f1":null},
               "perPatient":{"precision":0.5,"recall":0.5,"f1":0.5}}]}]}
            """);

        ReportView.Show(output, report);

        var row = Assert.Single(_output.ToString().Split('\n'), line => line.Contains("liver", StringComparison.Ordinal));
        Assert.Equal(
            ["m@2", "liver", "0.5000", "1.0000", "0.6667", "–", "0.5000"],
            row.Split((char[])[' ', '│', '|'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.Contains("warning: the split is leaky", _error.ToString());
    }

    [Fact]
    public void Show_Audit_HasRowsExplanationsAndFindings()
    {
        var output = new Output(_output, _error, json: false, TimeProvider.System);
        var audit = new AuditTableResponse { Flagged = 1, Findings = { "the table may not compare like with like" } };
        audit.Rows.Add(new AuditedTableRow
        {
            Line = 2,
            Model = "m",
            Organ = "liver",
            Precision = ".80",
            Recall = ".90",
            F1 = ".83",
            Harmonic = 0.847059,
            Difference = -0.017059,
            Status = AuditedTableRow.Types.Status.Inconsistent,
            Explanation = "probably an average",
        });
        audit.Rows.Add(new AuditedTableRow { Line = 3, Model = "m", Organ = "spleen", Status = AuditedTableRow.Types.Status.Unchecked });

        AuditView.Show(output, audit);

        var row = Assert.Single(_output.ToString().Split('\n'), line => line.Contains("flagged  ", StringComparison.Ordinal));
        Assert.Equal(
            ["2", "m", "liver", ".80", ".90", ".83", "0.847059", "−0.017059", "flagged"],
            row.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.Contains("line 2, m, liver: probably an average", _output.ToString());
        Assert.Contains("1 of 2 rows are flagged", _output.ToString());
        Assert.Contains("warning: the table may not compare like with like", _error.ToString());
    }

    [Fact]
    public async Task Progress_WithoutTerminal_IsLimitedToOneLineAPieceAndItsEnd()
    {
        var output = new Output(_output, _error, json: false, new StoppedClock());

        await output.WithProgressAsync(board =>
        {
            for (var i = 1; i <= 100; i++)
            {
                board.Report("sending", i, 100, "files");
            }

            return Task.FromResult(0);
        });

        Assert.Equal(["sending: 1/100 files", "sending: 100/100 files"], _error.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Show_TrainingEvents_GivesARowAnEpochInThePapersOrder()
    {
        var board = new RecordedBoard();
        var view = new TrainingBoard(board, """{"epochs":2,"minutes":10}""");

        view.Show(new RunEvent
        {
            ElapsedSeconds = 30,
            Batch = new BatchMetrics { Epoch = 1, Step = 5, StepsPerEpoch = 10, Loss = 0.25, ImagesPerSecond = 12 },
        });
        view.Show(new RunEvent
        {
            Epoch = new EpochMetrics { Epoch = 1, Epochs = 2, ValidationF1 = { ["spleen"] = 0.5, ["liver"] = 0.75 }, MeanValidationF1 = 0.625, Best = true },
        });

        // 5 of 20 steps took 30 s, so 15 more take 90 s.
        Assert.Equal(["training 5/10 of epoch 1, loss 0.2500, 12.0 images/s, 1:30 left"], board.Reports);
        Assert.Equal(2, board.Notes.Count);
        Assert.True(board.Notes[0].IndexOf("liver", StringComparison.Ordinal) < board.Notes[0].IndexOf("spleen", StringComparison.Ordinal));
        Assert.Contains("0.7500", board.Notes[1]);
        Assert.Contains("best so far", board.Notes[1]);
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override long GetTimestamp() => 1000;
    }

    private sealed class RecordedBoard : IProgressBoard
    {
        public List<string> Reports { get; } = [];

        public List<string> Notes { get; } = [];

        public void Report(string title, long done, long total, string detail = "") =>
            Reports.Add($"{title} {done}/{total} {detail}");

        public void Note(string text) => Notes.Add(text);
    }
}
