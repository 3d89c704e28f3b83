using System.Text;
using System.Text.Json;
using Grpc.Core;
using OrganSeg.Imaging;
using OrganSeg.Imaging.Phantoms;
using OrganSeg.Storage;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Tests.Quality;

/// <summary>The report of whole imports, as a client gets it.</summary>
public sealed class QualityReportTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task GetQualityReport_Phantoms_HasTheManifestsCountsAndIsWhole()
    {
        await using var host = await IngestHost.StartAsync(Token);
        var dataset = await Phantoms("phantoms").SendAsync(host, Token);

        var files = await FilesAsync(host, new GetQualityReportRequest { Dataset = "phantoms" });

        Assert.Equal(["quality.html", "quality.json"], files.Keys.Order());
        using var json = JsonDocument.Parse(files["quality.json"]);
        var root = json.RootElement;
        Assert.Equal("phantoms@1", root.GetProperty("dataset").GetString());
        Assert.Equal(64 * 64 * 12, root.GetProperty("bodyHistogram").EnumerateArray().Sum(count => count.GetInt64()) + OutsideOf(await SamplesAsync(host)));
        foreach (var organ in root.GetProperty("organs").EnumerateArray())
        {
            var name = organ.GetProperty("organ").GetString()!;
            Assert.Equal(dataset.Splits.Sum(split => split.SlicesWith[name]), organ.GetProperty("slices").GetInt32());
            foreach (var split in dataset.Splits.Where(split => split.SlicesWith[name] > 0))
            {
                Assert.Equal((int)split.SlicesWith[name], organ.GetProperty("sides").GetProperty(split.Split).GetProperty("slices").GetInt32());
            }
        }

        Assert.Equal(["unknown-window", "unknown-spacing"], root.GetProperty("findings").EnumerateArray()
            .Where(finding => finding.GetProperty("code").GetString()!.StartsWith("unknown", StringComparison.Ordinal))
            .Select(finding => finding.GetProperty("code").GetString()));
        Assert.DoesNotContain(root.GetProperty("findings").EnumerateArray(), finding => finding.GetProperty("severity").GetString() == "warning");
        var html = Encoding.UTF8.GetString(files["quality.html"]);
        Assert.Contains("Quality of phantoms@1", html, StringComparison.Ordinal);
        Assert.Equal(2, html.Split("data:image/png;base64,").Length - 1);
        Assert.DoesNotContain("http", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetQualityReport_NamesThatLookLikeHtml_AreEscaped()
    {
        await using var host = await IngestHost.StartAsync(Token);
        await Phantoms("d", name => $"<b onload='x'>{name}").SendAsync(host, Token);

        var files = await FilesAsync(host, new GetQualityReportRequest { Dataset = "d" });

        var html = Encoding.UTF8.GetString(files["quality.html"]);
        Assert.DoesNotContain("<b onload", html, StringComparison.Ordinal);
        Assert.Contains("&lt;b onload=&#39;x&#39;&gt;phantom0000", html, StringComparison.Ordinal);
    }

    // One patient again on another side, an organ that one case has, an image twice, and a label map without organ.
    [Fact]
    public async Task GetQualityReport_DoubtfulDataset_NamesWhatIsWrong()
    {
        await using var host = await IngestHost.StartAsync(Token);
        var phantoms = Enumerable.Range(0, 3).Select(patient => new PhantomGenerator(7).Patient(patient, 4, 96).ToArray()).ToArray();
        var upload = Upload.To("d", header =>
        {
            (header.Size, header.Split, header.AllowLeakage) = (96, SplitPolicy.Table, true);
            header.SplitTable.Add(new[] { ("anna", "train"), ("bert", "test"), ("carl", "validation"), ("dora", "test") }
                .Select(one => new SplitEntry { CaseId = one.Item1, Split = one.Item2 }));
        });
        foreach (var (name, patient) in new[] { ("anna", 0), ("bert", 1), ("carl", 2), ("dora", 0) })
        {
            foreach (var (slice, i) in phantoms[patient].Select((slice, i) => (slice, i)))
            {
                upload.Slice($"{name}_slice{i:000}.png", slice.Image, name == "bert" ? slice.Labels : Without(slice.Labels, 4));
            }
        }

        upload.Slice("carl_slice100.png", phantoms[2][1].Image, new ByteImage(96, 96));
        await upload.SendAsync(host, Token);

        var files = await FilesAsync(host, new GetQualityReportRequest { Dataset = "d", File = "quality.json" });

        using var json = JsonDocument.Parse(Assert.Single(files).Value);
        var findings = json.RootElement.GetProperty("findings").EnumerateArray().ToDictionary(
            finding => finding.GetProperty("code").GetString()!,
            finding => finding.GetProperty("examples").EnumerateArray().Select(example => example.GetString()).ToArray());
        Assert.Equal(4, findings["near-duplicates"].Length);
        Assert.StartsWith("dora dora_slice00", findings["near-duplicates"][0], StringComparison.Ordinal);
        Assert.Equal(5, findings["repeated-image"].Length);
        Assert.Contains("carl carl_slice100 is carl carl_slice001", findings["repeated-image"]);
        Assert.Contains("dora dora_slice002 is anna anna_slice002", findings["repeated-image"]);
        Assert.Equal(
            ["pancreas is missing from the train side; cases that have it: 1", "pancreas is missing from the validation side; cases that have it: 1"],
            findings["organ-missing"]);
        Assert.Equal(["carl carl_slice100"], findings["empty-label"]);
    }

    [Fact]
    public async Task GetQualityReport_UnknownDatasetOrFile_IsMissing()
    {
        await using var host = await IngestHost.StartAsync(Token);
        await Upload.To("d").Slice("a_slice1.png").SendAsync(host, Token);

        foreach (var request in new[] { new GetQualityReportRequest { Dataset = "e" }, new GetQualityReportRequest { Dataset = "d", File = "other.json" } })
        {
            var error = await Assert.ThrowsAsync<RpcException>(() => FilesAsync(host, request));
            Assert.Equal(StatusCode.NotFound, error.StatusCode);
        }
    }

    // The real slices are good: no organ is out of place, outside the body or missing.
    [Fact]
    public async Task GetQualityReport_RealSlices_HasNoWarnings()
    {
        await using var host = await IngestHost.StartAsync(Token);
        var folder = Testing.Repository.PathOf("..", "shared", "data", "btcv", "labelled", "224");
        Assert.SkipUnless(Directory.Exists(folder), "shared/data/btcv is not beside the repository.");
        var upload = Upload.To("btcv", header => (header.Size, header.Folds) = (224, 3));
        foreach (var path in Directory.GetFiles(Path.Combine(folder, "images")))
        {
            upload.File(FileRole.Image, Path.GetFileName(path), await File.ReadAllBytesAsync(path, Token));
            upload.File(FileRole.Label, Path.GetFileName(path), await File.ReadAllBytesAsync(path.Replace("images", "labels", StringComparison.Ordinal), Token));
        }

        await upload.SendAsync(host, Token);

        var files = await FilesAsync(host, new GetQualityReportRequest { Dataset = "btcv", File = "quality.json" });
        using var json = JsonDocument.Parse(Assert.Single(files).Value);
        foreach (var finding in json.RootElement.GetProperty("findings").EnumerateArray())
        {
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{finding.GetProperty("code")} {finding.GetProperty("count")}: {string.Join("; ", finding.GetProperty("examples").EnumerateArray().Take(3))}");
        }

        Assert.DoesNotContain(
            json.RootElement.GetProperty("findings").EnumerateArray(), finding => finding.GetProperty("severity").GetString() == "warning");
    }

    private static Upload Phantoms(string dataset, Func<string, string>? rename = null)
    {
        var upload = Upload.To(dataset, header => header.Size = 64);
        foreach (var slice in Enumerable.Range(0, 3).SelectMany(patient => new PhantomGenerator(7).Patient(patient, 4, 96)))
        {
            upload.Slice(rename is null ? slice.FileName : rename(slice.FileName), slice.Image, slice.Labels);
        }

        return upload;
    }

    private static ByteImage Without(ByteImage labels, byte id) =>
        new(labels.Width, labels.Height, Array.ConvertAll(labels.Pixels, label => label == id ? (byte)0 : label));

    private static async Task<List<DatasetSample>> SamplesAsync(IngestHost host) => await host.Catalogue
        .ReadAsync(await host.Catalogue.GetAsync("phantoms", Token), null, Token).ToListAsync(Token);

    // Independently of the flood fill: air is outside when it is at the border or beside outside air, until nothing changes.
    private static long OutsideOf(IEnumerable<DatasetSample> samples) => samples.Sum(sample =>
    {
        var outside = new bool[sample.Image.Pixels.Length];
        for (var changed = true; changed;)
        {
            changed = false;
            for (var at = 0; at < outside.Length; at++)
            {
                var (x, y) = (at % 64, at / 64);
                if (!outside[at] && sample.Image.Pixels[at] <= 8
                    && (x is 0 or 63 || y is 0 or 63 || outside[at - 1] || outside[at + 1] || outside[at - 64] || outside[at + 64]))
                {
                    outside[at] = changed = true;
                }
            }
        }

        return outside.LongCount(air => air);
    });

    private static async Task<Dictionary<string, byte[]>> FilesAsync(IngestHost host, GetQualityReportRequest request)
    {
        using var call = host.Client.GetQualityReport(request, cancellationToken: Token);
        return await Chunks.ReadAsync(call.ResponseStream, Token);
    }
}
