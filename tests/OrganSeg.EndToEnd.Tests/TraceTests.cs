namespace OrganSeg.EndToEnd.Tests;

/// <summary>One trace an operation, whole across processes, and nothing beside.</summary>
public sealed class TraceTests(TracedCommands commands) : IClassFixture<TracedCommands>
{
    private const string Cli = "organseg-cli";

    /// <summary>What services do by themselves, each a trace of its own: a model comes with the service, or is loaded ahead of requests.</summary>
    private static readonly string[] OwnAccord = ["inference.take", "inference.load"];

    // What a command's work looks like: who takes part, and the spans that tell waiting from computing and blobs from models.
    private static readonly Dictionary<string, (string[] Services, string[] Names)> Expected = new()
    {
        [TracedCommands.Ingest] = ([Cli, "ingest"], ["ingest.receive", "ingest.normalise", "ingest.seal", "blob.write"]),
        [TracedCommands.Train] = (
            [Cli, "trainer"],
            ["train.queue", "train.run", "train.load", "train.epoch", "train.validate", "train.checkpoint", "export.onnx", "parity", "publish", "blob.read", "blob.write"]),
        [TracedCommands.SegmentSlices] = ([Cli, "inference"], ["inference.load", "inference.queue", "inference.run", "blob.read"]),
        [TracedCommands.SegmentVolume] = ([Cli, "inference"], ["inference.volume", "inference.queue", "inference.run"]),
        [TracedCommands.Evaluate] = (
            [Cli, "evaluator", "inference"],
            ["evaluate.run", "evaluate.model", "inference.queue", "inference.run", "report.write", "blob.read", "blob.write"]),
    };

    // What a failing command says, and where it was found out.
    private static readonly Dictionary<string, (string Kind, string Advice, string Service)> Failures = new()
    {
        [TracedCommands.SegmentWithoutModel] = ("Missing", "There is no model absent.", "inference"),
        [TracedCommands.EvaluateWithoutDataset] = ("Missing", "There is no dataset absent.", "evaluator"),
        [TracedCommands.IngestOfRubbish] = ("Invalid", SpanAdvice, "ingest"),
    };

    // Of an error whose message names files: what to do, and nothing else.
    private const string SpanAdvice = "The caller was told in which file or field and what to change";

    public static TheoryData<string> Good => [.. Expected.Keys];

    public static TheoryData<string> Failing => [.. Failures.Keys];

    public static TheoryData<string> All => [.. Expected.Keys, .. Failures.Keys];

    [Theory]
    [MemberData(nameof(All))]
    public void Trace_AnyCommand_IsOneTreeFromTheCommandDown(string name)
    {
        var operation = commands.Operations[name];

        Assert.StartsWith("organseg ", operation.Root.Name, StringComparison.Ordinal);
        Assert.All(operation.Spans.Where(span => span != operation.Root), span =>
        {
            var parent = operation.ParentOf(span);
            Assert.True(parent is not null, $"{span.Service} {span.Name} has no parent in its trace:\n{TraceTree.Format(operation)}");
            Assert.True(parent.Service == span.Service || (span.IsServer && parent.IsClient) || span.Name is "train.queue" or "train.run",
                $"{span.Service} {span.Name} is below {parent.Service} {parent.Name}, which called nobody");
            Assert.True(span.Start >= parent.Start || span.Name == "train.queue", $"{span.Name} began before {parent.Name}");
        });
        Assert.All(operation.Spans.Where(span => span.IsServer), span => Assert.True(operation.ParentOf(span)!.IsClient));
    }

    [Theory]
    [MemberData(nameof(Good))]
    public void Trace_GoodCommand_ShowsEveryServiceAndStepAndNoError(string name)
    {
        var operation = commands.Operations[name];
        var (services, names) = Expected[name];

        Assert.Equal(services.Order(), operation.Spans.Select(span => span.Service).Distinct().Order());
        Assert.All(names, expected => Assert.NotEmpty(operation.Named(expected)));
        Assert.True(!operation.Failed.Any(), TraceTree.Format(operation));
    }

    [Theory]
    [MemberData(nameof(Failing))]
    public void Trace_FailingCommand_SaysOfWhatKindAndWhatToDo(string name)
    {
        var operation = commands.Operations[name];
        var (kind, advice, service) = Failures[name];

        var own = operation.Failed.Where(span => !span.IsClient).ToList();
        Assert.Contains(operation.Root, own);
        Assert.Contains(own, span => span.IsServer && span.Service == service);
        Assert.All(own, span => Assert.Equal(kind, span.Tags["error.type"]));
        Assert.All(own, span => Assert.Contains(advice, span.StatusText, StringComparison.Ordinal));
        // From where it was found out to the command each span is marked.
        Assert.All(own, span => Assert.True(span == operation.Root || operation.ParentOf(span)!.Failed, TraceTree.Format(operation)));
    }

    [Fact]
    public void Training_Epoch_TellsWaitingForBatchesFromComputing()
    {
        var operation = commands.Operations[TracedCommands.Train];
        var run = Assert.Single(operation.Named("train.run"));
        var epochs = operation.Named("train.epoch");

        Assert.Equal(["1", "2"], epochs.Select(epoch => epoch.Tags["organseg.epoch"]));
        Assert.All(epochs, epoch => Assert.Equal(run, operation.ParentOf(epoch)));
        Assert.All(epochs, epoch => Assert.InRange(
            double.Parse(epoch.Tags["organseg.wait.seconds"], System.Globalization.CultureInfo.InvariantCulture), 0, epoch.Duration.TotalSeconds));
        Assert.True(Assert.Single(operation.Named("train.queue")).End <= run.Start + TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Segmentation_EachSlice_WaitsOnceAndIsInARunOfThatCall()
    {
        foreach (var name in (string[])[TracedCommands.SegmentSlices, TracedCommands.SegmentVolume, TracedCommands.Evaluate])
        {
            var operation = commands.Operations[name];
            var waits = operation.Named("inference.queue");
            var runs = operation.Named("inference.run");

            Assert.Equal(waits.Count, runs.Sum(run => int.Parse(run.Tags["organseg.batch.size"], System.Globalization.CultureInfo.InvariantCulture)));
            Assert.All([.. waits, .. runs], span => Assert.Contains(operation.Spans, server => server.IsServer && operation.IsBelow(span, server)));
        }
    }

    [Fact]
    public void Spans_OutsideOfCommands_AreOnlyWhatServicesDoOfTheirOwnAccord()
    {
        var traces = commands.Operations.Values.Select(operation => operation.Root.TraceId).ToHashSet();
        var others = commands.All.Spans.Where(span => !traces.Contains(span.TraceId)).ToList();

        Assert.All(others.Where(span => span.IsRoot), span => Assert.True(
            span.Name == "organseg up" || (span.Service == "inference" && OwnAccord.Contains(span.Name)), $"{span.Service} {span.Name}"));
        var known = others.Select(span => span.SpanId).ToHashSet();
        Assert.All(others.Where(span => !span.IsRoot), span => Assert.Contains(span.ParentId, known));
        Assert.Contains(others, span => span.Name == "inference.take");
        Assert.DoesNotContain(others, span => span.Failed);
    }

    [Fact]
    public void Telemetry_OfFilesOfPatients_NamesNone()
    {
        string[] names = [TracedCommands.Patient, "phantom0", ".nii", "_slice", commands.Folder];

        Assert.All(names, name => Assert.DoesNotContain(commands.All.Spans, span => span.Text.Contains(name, StringComparison.OrdinalIgnoreCase)));
        Assert.All(names, name => Assert.DoesNotContain(commands.All.Logs, log => log.Text.Contains(name, StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public void Logs_OfCommands_LieInTheSpanThatWroteThem()
    {
        var spans = commands.All.Spans.ToDictionary(span => span.SpanId);
        Assert.All(commands.All.Logs.Where(log => log.TraceId.Length > 0), log =>
        {
            Assert.True(spans.TryGetValue(log.SpanId, out var span), $"no span {log.SpanId} for {log.Text}");
            Assert.Equal((log.TraceId, log.Service), (span.TraceId, span.Service));
        });
        Assert.DoesNotContain(commands.All.Logs, log => log.TraceId.Length == 0 && log.Text.Contains("TraceId", StringComparison.Ordinal));
        foreach (var (name, service, category) in ((string, string, string)[])
        [
            (TracedCommands.Ingest, "ingest", "OrganSeg.Ingest.Import.DatasetImporter"),
            (TracedCommands.Train, "trainer", "OrganSeg.Trainer.Runs.RunExecutor"),
            (TracedCommands.SegmentSlices, "inference", "OrganSeg.Inference.Serving.ModelPool"),
            (TracedCommands.Evaluate, "evaluator", "OrganSeg.Evaluator.Evaluation"),
            (TracedCommands.SegmentWithoutModel, "inference", "OrganSeg.ServiceDefaults.ErrorInterceptor"),
        ])
        {
            var trace = commands.Operations[name].Root.TraceId;
            Assert.Contains(commands.All.Logs, log => log.TraceId == trace && log.Service == service && log.Category == category);
        }
    }
}
