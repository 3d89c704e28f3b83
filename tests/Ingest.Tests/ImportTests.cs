using System.Diagnostics;
using Grpc.Core;
using OrganSeg.Imaging;
using OrganSeg.Imaging.Phantoms;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Tests;

/// <summary>Imports that end well, over real gRPC into a real store.</summary>
public sealed class ImportTests
{
    [Fact]
    public async Task Import_PhantomPatients_SealsEverySliceByTheRecipe()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var slices = Enumerable.Range(0, 3).SelectMany(patient => new PhantomGenerator(7).Patient(patient, 2, 96)).ToArray();
        var upload = Upload.To("phantoms", header => header.Size = 64);
        foreach (var slice in slices)
        {
            upload.Slice(slice.FileName, slice.Image, slice.Labels);
        }

        var dataset = await upload.SendAsync(host, token);

        Assert.Equal("phantoms", dataset.Name);
        Assert.Equal("1", dataset.Version);
        Assert.Equal(64u, dataset.Size);
        Assert.Matches("^[0-9a-f]{64}$", dataset.Digest);
        Assert.Equal("patient", dataset.SplitPolicy);
        Assert.False(dataset.Leaky);
        Assert.Equal(["background", "liver", "kidney", "spleen", "pancreas"], dataset.LabelSchema.Select(c => c.Name));
        Assert.Equal(["train", "validation", "test"], dataset.Splits.Select(split => split.Split));
        Assert.All(dataset.Splits, split => Assert.Equal((1u, 2u), (split.Cases, split.Slices)));

        var manifest = await host.Catalogue.GetAsync("phantoms", token);
        var recipe = new SlicePreprocessor(new PreprocessingRecipe { Size = 64 });
        var stored = await host.Catalogue.ReadAsync(manifest, null, token).ToDictionaryAsync(s => s.Name, cancellationToken: token);
        Assert.Equal(6, stored.Count);
        foreach (var slice in slices)
        {
            var sample = stored[Path.GetFileNameWithoutExtension(slice.FileName)];
            Assert.Equal(recipe.ToNetwork(slice.Image).Pixels, sample.Image.Pixels);
            Assert.Equal(recipe.LabelsToNetwork(slice.Labels).Pixels, sample.Labels.Pixels);
        }

        Assert.All(manifest.Cases.SelectMany(one => one.Slices), slice => Assert.Equal((96, 96), (slice.SourceWidth, slice.SourceHeight)));
        Assert.Empty(host.SpoolFiles);
    }

    [Fact]
    public async Task Import_SameFilesInAnotherOrderAndOtherChunks_IsTheSameVersion()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        var first = await ThreeCases().SendAsync(host, token);
        var second = await ThreeCases().Reversed().SendAsync(host, token, chunkBytes: 7);

        Assert.Equal(first, second);
        Assert.Equal("1", second.Version);

        static Upload ThreeCases() =>
            Upload.To("twice").Slice("a_slice1.png", 1).Slice("b_slice1.png", 2).Slice("c_slice1.png", 3);
    }

    [Fact]
    public async Task Import_OtherPixels_IsAnotherVersion()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        var first = await Upload.To("d").Slice("a_slice1.png", 1).SendAsync(host, token);
        var second = await Upload.To("d").Slice("a_slice1.png", 2).SendAsync(host, token);

        Assert.Equal(("1", "2"), (first.Version, second.Version));
        Assert.NotEqual(first.Digest, second.Digest);
    }

    [Fact]
    public async Task Import_SourceThatIsNotSquare_IsPaddedAndKeepsItsSizeInTheManifest()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        await Upload.To("wide")
            .Slice("a_slice1.png", Upload.Plain(200, 64, 32), Upload.Plain(2, 64, 32))
            .SendAsync(host, token);

        var manifest = await host.Catalogue.GetAsync("wide", token);
        var slice = Assert.Single(Assert.Single(manifest.Cases).Slices);
        Assert.Equal((64, 32), (slice.SourceWidth, slice.SourceHeight));

        // By hand: 64×32 padded to 64×64 and halved fills the middle 16 of 32 rows.
        Assert.Equal(16 * 32, slice.Pixels["kidney"]);
        Assert.Equal(16 * 32, slice.Pixels["background"]);
    }

    [Theory]
    [InlineData("Ünïcode παράδειγμα 例 _slice1.png")]
    [InlineData("CON_slice1.png")]
    [InlineData("a.b_slice1.x.png")]
    [InlineData("noExtension")]
    [InlineData("a: <b> \"c\" | * ?.png")]
    public async Task Import_UnusualName_IsKeptInTheManifest(string name)
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        await Upload.To("names").Slice(name).Slice(new string('x', 190) + "_slice1").SendAsync(host, token);

        var manifest = await host.Catalogue.GetAsync("names", token);
        var expected = name.EndsWith(".png", StringComparison.Ordinal) ? name[..^4] : name;
        Assert.Contains(manifest.Cases, one => one.Case == SliceName.CaseOf(name) && one.Slices.Single().Name == expected);
        Assert.Equal(2, await host.Catalogue.ReadAsync(manifest, null, token).CountAsync(token));
    }

    [Fact]
    public async Task Import_Negatives_AreBackgroundOnTheSideOfTheirCase()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        var dataset = await Upload.To("n")
            .Negative("a_slice9.png", Upload.Plain(9))
            .Slice("a_slice1.png").Slice("b_slice1.png").Slice("c_slice1.png")
            .Negative("c_slice9.png", Upload.Plain(9))
            .SendAsync(host, token);

        Assert.False(dataset.Leaky);
        var manifest = await host.Catalogue.GetAsync("n", token);
        Assert.All(manifest.Cases, one => Assert.Single(one.Slices.Select(slice => slice.Split).Distinct()));
        var negatives = manifest.Cases.SelectMany(one => one.Slices).Where(slice => slice.Negative).ToArray();
        Assert.Equal(["a_slice9", "c_slice9"], negatives.Select(slice => slice.Name));
        Assert.All(negatives, slice => Assert.Equal(["background"], slice.Pixels.Keys));
    }

    [Fact]
    public async Task Import_LabelMap_BringsIdsToClassesAndOthersToBackground()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        await Upload.To("m", header => header.LabelMap.Add(new Dictionary<uint, uint> { [5] = 1, [200] = 2, [3] = 0 }))
            .Slice("a_slice1.png", 5).Slice("a_slice2.png", 200).Slice("a_slice3.png", 3).Slice("a_slice4.png", 4)
            .SendAsync(host, token);

        var manifest = await host.Catalogue.GetAsync("m", token);
        var slices = Assert.Single(manifest.Cases).Slices;
        Assert.Equal(
            ["background,liver", "background,kidney", "background", "background"],
            slices.Select(slice => string.Join(',', slice.Pixels.Keys.Order())));
        Assert.Equal([false, false, true, true], slices.Select(slice => slice.Negative));
    }

    [Fact]
    public async Task Import_OwnLabelSchema_IsSealedWithIt()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        var dataset = await Upload.To("lungs", header => header.LabelSchema.Add(
                [new() { Id = 1, Name = "lung" }, new() { Id = 0, Name = "background" }]))
            .Slice("a_slice1.png", 1)
            .SendAsync(host, token);

        Assert.Equal(["background", "lung"], dataset.LabelSchema.Select(c => c.Name));
        Assert.Equal(1u, Assert.Single(dataset.Splits).SlicesWith["lung"]);
    }

    [Fact]
    public async Task Import_SplitBySlice_IsLeaky()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var upload = Upload.To("s", header => header.Split = SplitPolicy.Slice);
        for (var i = 0; i < 10; i++)
        {
            upload.Slice($"a_slice{i}.png");
        }

        var dataset = await upload.SendAsync(host, token);

        Assert.True(dataset.Leaky);
        Assert.Equal([6u, 2u, 2u], dataset.Splits.Select(split => split.Slices));
    }

    [Fact]
    public async Task Import_Progress_TellsWhereEachStageEnded()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var upload = Upload.To("p").Slice("a_slice1.png").Slice("b_slice1.png");

        await upload.SendAsync(host, token);

        Assert.Equal((4, 4, "file"), LastOf("receive"));
        Assert.Equal((4, 4, "file"), LastOf("normalise"));
        Assert.Equal((2, 2, "case"), LastOf("store"));

        (long, long, string) LastOf(string stage)
        {
            var last = upload.Progress.Last(step => step.Stage == stage);
            return (last.Done, last.Total, last.Unit);
        }
    }

    [Fact]
    public async Task Import_CancelledMidUpload_LeavesNothing()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var messages = Upload.To("gone").Slice("a_slice1.png").Slice("b_slice1.png").Messages(1 << 18).ToArray();
        using var call = host.Client.Import(cancellationToken: token);
        foreach (var message in messages.SkipLast(1))
        {
            await call.RequestStream.WriteAsync(message, token);
        }

        // Progress says that the service is at work on it.
        Assert.True(await call.ResponseStream.MoveNext(token));
        Assert.Single(host.SpoolFiles);
        call.Dispose();
        await host.StopAsync(token);

        Assert.Empty(host.SpoolFiles);
        Assert.False(await host.HasDatasetsAsync(token));
    }

    [Fact]
    public async Task Start_SpoolFilesLeftByAKilledProcess_AreRemovedAndThoseInUseStay()
    {
        var token = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("organseg-ingest-test-").FullName;
        var spool = Directory.CreateDirectory(IngestHost.SpoolPathOf(folder)).FullName;
        await File.WriteAllTextAsync(Path.Combine(spool, "dead.spool"), "x", token);
        await using var living = new FileStream(
            Path.Combine(spool, "living.spool"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);

        await using var host = await IngestHost.StartAsync(token, folder);

        Assert.Equal([living.Name], host.SpoolFiles);
    }

    [Fact]
    public async Task ListAndGet_SealedVersions_AreFound()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var old = await Upload.To("b").Slice("a_slice1.png", 1).SendAsync(host, token);
        var newest = await Upload.To("b").Slice("a_slice1.png", 2).SendAsync(host, token);
        var other = await Upload.To("a").Slice("a_slice1.png", 3).SendAsync(host, token);

        var list = await host.Client.ListDatasetsAsync(new ListDatasetsRequest(), cancellationToken: token);
        Assert.Equal([other, newest, old], list.Datasets);
        Assert.Equal(newest, await host.Client.GetDatasetAsync(new GetDatasetRequest { Dataset = "b" }, cancellationToken: token));
        Assert.Equal(old, await host.Client.GetDatasetAsync(new GetDatasetRequest { Dataset = "b@1" }, cancellationToken: token));
        var missing = await Assert.ThrowsAsync<RpcException>(
            () => host.Client.GetDatasetAsync(new GetDatasetRequest { Dataset = "c" }, cancellationToken: token).ResponseAsync);
        Assert.Equal(StatusCode.NotFound, missing.StatusCode);
        using var http = new HttpClient { BaseAddress = host.HttpAddress };
        Assert.Contains(
            old.Digest, await http.GetStringAsync(new Uri("/v1/datasets/b@1", UriKind.Relative), token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_Traced_ShowsTheStagesAndNoFileName()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        using var root = new Activity("root").Start();
        var spans = new System.Collections.Concurrent.ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == IngestTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (span.TraceId == root.TraceId)
                {
                    spans.Enqueue(span);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);

        await Upload.To("traced").Slice("secretpatient_slice1.png").SendAsync(host, token);

        Assert.Equal(["ingest.normalise", "ingest.receive", "ingest.seal"], spans.Select(span => span.OperationName).Order());
        Assert.DoesNotContain(spans.SelectMany(span => span.TagObjects), tag => $"{tag.Value}".Contains("secretpatient", StringComparison.Ordinal));
        Assert.All(spans, span => Assert.Equal(spans.First().ParentSpanId, span.ParentSpanId));
    }

    [Fact]
    public async Task Import_SixteenBits_AreWindowedAndTheManifestSaysHow()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        await Upload.To("wide", header => (header.PngZeroHu, header.WindowLowHu, header.WindowHighHu) = (-1024, -1024, 64_511))
            .File(FileRole.Image, "a_slice1.png", Wide).Labels("a_slice1.png", Upload.Plain(1, 7, 5))
            .SendAsync(host, token);
        await Upload.To("narrow").File(FileRole.Image, "a_slice1.png", Narrow).Labels("a_slice1.png", Upload.Plain(1, 7, 5)).SendAsync(host, token);

        var (wide, narrow) = (await host.Catalogue.GetAsync("wide", token), await host.Catalogue.GetAsync("narrow", token));
        Assert.Equal((-1024d, -1024d, 64_511d), (wide.Preprocessing.PngZeroHu, wide.Preprocessing.WindowLowHu, wide.Preprocessing.WindowHighHu));
        Assert.Null(narrow.Preprocessing.WindowLowHu);
        Assert.Equal(narrow.Cases[0].Sha256, wide.Cases[0].Sha256);
    }

    [Fact]
    public async Task Import_SixteenBitsThatNobodyExplains_AreRefusedWithWhatIsMissing()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        var error = await Upload.To("wide").File(FileRole.Image, "a_slice1.png", Wide).Labels("a_slice1.png", Upload.Plain(1, 7, 5))
            .SendBadAsync(host, token);
        var wrong = await Upload.To("wide", header => header.PngZeroHu = double.NaN).Slice("a_slice1.png").SendBadAsync(host, token);

        var violation = Assert.Single(error.Violations);
        Assert.Equal("a_slice1.png", violation.Field);
        Assert.Contains("--png-zero-hu", violation.Description, StringComparison.Ordinal);
        Assert.Equal("pngZeroHu", Assert.Single(wrong.Violations).Field);
    }

    /// <summary>16-bit grey, [5, 7]: 1799·i at place i. Written by Pillow 11.1.</summary>
    private static byte[] Wide => Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFEAAAAAD8YXVHAAAAFUlEQVR4nGNkYGBHAoyGhshcFlK4AHU8Azt4b8UGAAAAAElFTkSuQmCC");

    /// <summary>8-bit grey, [5, 7]: 7·i at place i. Written by Pillow 11.1.</summary>
    private static byte[] Narrow => Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAAAAACs8akEAAAAFklEQVR4nGNkYGdnZ2dnZzSE0Cw4aAAfuwGlh+AGJAAAAABJRU5ErkJggg==");
}
