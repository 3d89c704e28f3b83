using System.Text.Json;
using OrganSeg.Imaging;
using OrganSeg.Testing;

namespace OrganSeg.EndToEnd.Tests;

/// <summary>The whole path a user takes, over real processes, with each command's trace collected.</summary>
public sealed class PipelineTests(AzuriteServer azurite)
{
    private const int MaxMilliseconds = 10 * 60 * 1000;

    private static readonly string[] Organs = ["liver", "kidney", "spleen", "pancreas"];

    [Fact(Timeout = MaxMilliseconds)]
    public async Task Pipeline_OnFolderStore_GivesModelAndReportAndOneTraceACommand()
    {
        var token = TestContext.Current.CancellationToken;
        using var work = new TemporaryFolder();
        await using var receiver = await OtlpReceiver.StartAsync(token);
        var phantoms = await PhantomFolder.WriteAsync(work.PathOf("phantoms"), patients: 4, token);
        var organseg = new CommandLine(work.PathOf("home"), $"folder={work.PathOf("store")}", receiver.Endpoint);

        var ingested = await organseg.RunAsync(token,
            "ingest", phantoms.Images, "--labels", phantoms.Labels, "--split", phantoms.Split,
            "--dataset", "phantoms", "--size", "64", "--json");
        Assert.Equal("phantoms", ingested.Json().GetProperty("name").GetString());
        AssertOneTrace(receiver, "ingest", ["organseg-cli", "ingest"], ["ingest.receive", "ingest.seal", "blob.write"]);

        var trained = await organseg.RunAsync(token,
            "train", "--dataset", "phantoms", "--architecture", "organsegnet", "--model", "tiny",
            "--set", "width=4", "--set", "epochs=2", "--set", "batchSize=4", "--set", "quantize=false", "--json");
        Assert.Equal("tiny", trained.Json().GetProperty("model").GetString());
        AssertOneTrace(
            receiver, "train", ["organseg-cli", "trainer"],
            ["train.run", "train.epoch", "train.validate", "export.onnx", "blob.read", "blob.write"]);

        var output = work.PathOf("labels");
        (await organseg.RunAsync(token, "segment", phantoms.Images, "--model", "tiny", "--output", output)).Succeeded();
        AssertLabelMaps(phantoms, output);
        AssertOneTrace(receiver, "segment", ["organseg-cli", "inference"], ["inference.load", "inference.run", "blob.read"]);

        var weights = Path.Combine(work.PathOf("store"), "models", "tiny", "1", "weights.safetensors");
        var imported = (await organseg.RunAsync(token,
            "import", "--architecture", "organsegnet", "--weights", weights, "--model", "tiny-again", "--dataset", "phantoms", "--json")).Json();
        Assert.Equal("4", imported.GetProperty("settings").GetProperty("width").GetString());
        Assert.True(imported.GetProperty("parity").GetProperty("realSamples").GetInt64() > 0);
        AssertOneTrace(
            receiver, "import", ["organseg-cli", "trainer"], ["import.model", "export.onnx", "parity", "blob.write"]);
        var again = work.PathOf("labels-again");
        (await organseg.RunAsync(token, "segment", phantoms.Images, "--model", "tiny-again", "--output", again)).Succeeded();
        Assert.All(Directory.GetFiles(output), file =>
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(again, Path.GetFileName(file)))));

        var reports = work.PathOf("report");
        (await organseg.RunAsync(token,
            "evaluate", "--dataset", "phantoms", "--split", "test", "--model", "tiny", "--report", reports + Path.DirectorySeparatorChar)).Succeeded();
        AssertReport(reports);
        AssertOneTrace(
            receiver, "evaluate", ["organseg-cli", "evaluator", "inference"],
            ["evaluate.run", "inference.run", "blob.read", "blob.write"]);

        var quantized = (await organseg.RunAsync(token,
            "quantize", "--model", "tiny", "--dataset", "phantoms", "--tolerance", "1", "--json")).Json();
        Assert.Equal(["tiny", "2"], new[] { "model", "version" }.Select(name => quantized.GetProperty(name).GetString()));
        var inBytes = work.PathOf("labels-int8");
        (await organseg.RunAsync(
            token, "segment", phantoms.Images, "--model", "tiny@2", "--variant", "int8", "--output", inBytes)).Succeeded();
        AssertLabelMaps(phantoms, inBytes);
        Assert.InRange(Agreement(output, inBytes), 0.95, 1);
        var scored = work.PathOf("report-int8");
        (await organseg.RunAsync(token,
            "evaluate", "--dataset", "phantoms", "--split", "test", "--model", "tiny@2", "--variant", "int8", "--report", scored)).Succeeded();
        Assert.Contains("int8", File.ReadAllText(Path.Combine(scored, "report.json")), StringComparison.Ordinal);

        Assert.DoesNotContain(receiver.All.LogTexts, text => text.Contains("phantom0", StringComparison.Ordinal));
        Assert.DoesNotContain(receiver.All.Spans, span => span.Text.Contains("phantom0", StringComparison.Ordinal));
    }

    [Fact(Timeout = MaxMilliseconds)]
    public async Task Pipeline_OnAzurite_SealsTheSameDatasetAndServesTheModel()
    {
        var token = TestContext.Current.CancellationToken;
        using var work = new TemporaryFolder();
        var phantoms = await PhantomFolder.WriteAsync(work.PathOf("phantoms"), patients: 4, token);
        var onAzurite = new CommandLine(work.PathOf("home"), await azurite.NewAccountAsync());
        var onFolder = new CommandLine(work.PathOf("home"), $"folder={work.PathOf("store")}");
        string[] ingest =
        [
            "ingest", phantoms.Images, "--labels", phantoms.Labels, "--split", phantoms.Split, "--dataset", "phantoms",
            "--size", "64", "--json",
        ];

        var digest = (await onAzurite.RunAsync(token, ingest)).Json().GetProperty("digest").GetString();
        Assert.Equal(digest, (await onFolder.RunAsync(token, ingest)).Json().GetProperty("digest").GetString());
        foreach (var names in (string[][])[[], ["phantoms"]])
        {
            var import = (await onFolder.RunAsync(token, ["datasets", "imports", .. names, "--json"])).Json().GetProperty("imports").EnumerateArray().Single();
            Assert.Equal(("sealed", digest), (import.GetProperty("outcome").GetString(), import.GetProperty("digest").GetString()));
            Assert.Equal(Environment.UserName, import.GetProperty("user").GetString());
        }

        (await onAzurite.RunAsync(
            token, "train", "--dataset", "phantoms", "--architecture", "organsegnet", "--model", "tiny",
            "--set", "width=4", "--set", "epochs=1")).Succeeded();
        (await onAzurite.RunAsync(
            token, "segment", phantoms.Images, "--model", "tiny", "--output", work.PathOf("labels"))).Succeeded();
        AssertLabelMaps(phantoms, work.PathOf("labels"));
        (await onAzurite.RunAsync(
            token, "evaluate", "--dataset", "phantoms", "--split", "test", "--model", "tiny", "--report",
            work.PathOf("report"))).Succeeded();
        AssertReport(work.PathOf("report"));
    }

    /// <summary>The spans of the last command of a name: one trace, without orphans, across the services named.</summary>
    private static void AssertOneTrace(OtlpReceiver receiver, string command, string[] services, string[] names)
    {
        var spans = receiver.All.Spans;
        var root = Assert.Single(spans, span => span.Service == "organseg-cli" && span.Name == $"organseg {command}");
        Assert.Equal(string.Empty, root.ParentId);
        var trace = spans.Where(span => span.TraceId == root.TraceId).ToList();
        foreach (var service in services)
        {
            Assert.Contains(trace, span => span.Service == service);
        }

        foreach (var name in names)
        {
            Assert.Contains(trace, span => span.Name == name);
        }

        var known = trace.Select(span => span.SpanId).ToHashSet();
        Assert.All(trace.Where(span => span != root), span =>
            Assert.True(known.Contains(span.ParentId), $"{span.Service} {span.Name} has no parent in its trace"));
    }

    private static void AssertLabelMaps(PhantomFolder phantoms, string output)
    {
        var names = Directory.GetFiles(phantoms.Images).Select(Path.GetFileName).Order().ToList();
        Assert.Equal(names, Directory.GetFiles(output).Select(Path.GetFileName).Order());
        foreach (var name in names)
        {
            var labels = Png.ReadLabels(File.ReadAllBytes(Path.Combine(output, name!)), name!);
            Assert.Equal((128, 128), (labels.Width, labels.Height));
            Assert.All(labels.Pixels, id => Assert.InRange(id, 0, 4));
        }
    }

    /// <summary>Share of pixels with equal labels in two folders of equal file names.</summary>
    private static double Agreement(string one, string other)
    {
        var pairs = Directory.GetFiles(one).SelectMany(file =>
        {
            var name = Path.GetFileName(file);
            var left = Png.ReadLabels(File.ReadAllBytes(file), name).Pixels;
            return left.Zip(Png.ReadLabels(File.ReadAllBytes(Path.Combine(other, name)), name).Pixels, (a, b) => a == b ? 1.0 : 0);
        });
        return pairs.Average();
    }

    private static void AssertReport(string folder)
    {
        using var report = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "report.json")));
        Assert.Equal(1, report.RootElement.GetProperty("schema").GetInt32());
        var model = Assert.Single(report.RootElement.GetProperty("models").EnumerateArray());
        Assert.Equal("tiny", model.GetProperty("model").GetString());
        Assert.Equal(Organs, model.GetProperty("organs").EnumerateArray().Select(o => o.GetProperty("organ").GetString()));
        foreach (var organ in model.GetProperty("organs").EnumerateArray())
        {
            foreach (var aggregation in (string[])["pooled", "perImage", "perPatient"])
            {
                Assert.True(organ.GetProperty(aggregation).TryGetProperty("f1", out _));
            }
        }

        Assert.Contains("<html", File.ReadAllText(Path.Combine(folder, "report.html")), StringComparison.OrdinalIgnoreCase);
    }
}
