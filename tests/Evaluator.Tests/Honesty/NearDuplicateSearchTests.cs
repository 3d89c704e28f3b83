using System.Diagnostics;
using OrganSeg.Evaluator.Honesty;
using OrganSeg.Evaluator.Reports;
using OrganSeg.Imaging;
using OrganSeg.Imaging.Phantoms;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.Storage;

namespace OrganSeg.Evaluator.Tests.Honesty;

/// <summary>Whole datasets, with the same slices put on two sides.</summary>
public sealed class NearDuplicateSearchTests : IDisposable
{
    private const int Size = 96;
    private const int Slices = 8;

    private readonly TemporaryFolder _folder = new();
    private readonly DatasetCatalogue _datasets;
    private readonly NearDuplicateSearch _search;

    public NearDuplicateSearchTests()
    {
        _datasets = new DatasetCatalogue(new FolderObjectStore(_folder.Path), TimeProvider.System);
        _search = new NearDuplicateSearch(_datasets);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_OnePatientUnderTwoNames_EverySliceAndNoOther()
    {
        var manifest = await SealAsync(
            "toy",
            Case("anna", "test", Phantom(0)),
            Case("bert", "test", Phantom(1)),
            Case("carl", "train", Phantom(2)),
            Case("dora", "train", [.. Phantom(0).Select((image, i) => Jitter.Noise(Jitter.Shift(image, 1, 0), i))]));

        var found = await _search.RunAsync(manifest, "test", [], Token);

        Assert.Equal((Slices, 2 * Slices, 2 * Slices), (found.Found, found.Evaluated, found.Compared));
        Assert.Equal(["anna"], found.Cases);
        Assert.Equal(["dora"], found.OtherCases);
        Assert.Equal(["toy@1 train"], found.Sides);
        Assert.Equal(Slices, found.Pairs.Count);
        Assert.All(found.Pairs, pair => Assert.Equal(("anna", "dora", "train", "toy@1"), (pair.Case, pair.OtherCase, pair.OtherSplit, pair.OtherDataset)));
        Assert.All(found.Pairs, pair => Assert.Equal(pair.Slice, pair.OtherSlice));
        var warning = found.Warning();
        Assert.Equal(("near-duplicates", ReportWarning.Serious), (warning?.Code, warning?.Severity));
        Assert.StartsWith(
            "8 of the 16 evaluated slices, of 1 case (anna), are nearly equal to slices on another side (toy@1 train), of 1 case (dora): anna ",
            warning!.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_DifferentPatients_NothingAndNoWarning()
    {
        var manifest = await SealAsync(
            "toy", Case("anna", "test", Phantom(0)), Case("bert", "train", Phantom(1)), Case("carl", "validation", Phantom(2)));

        var found = await _search.RunAsync(manifest, "test", [], Token);

        Assert.Equal((0, Slices, 2 * Slices), (found.Found, found.Evaluated, found.Compared));
        Assert.Empty(found.Pairs);
        Assert.Null(found.Warning());
    }

    [Fact]
    public async Task Run_SlicesWithoutContent_AreLeftOutThoughEqual()
    {
        var empty = Enumerable.Range(0, 3).Select(_ => new ByteImage(Size, Size)).ToArray();
        var manifest = await SealAsync("toy", Case("anna", "test", [.. Phantom(0), .. empty]), Case("bert", "train", [.. Phantom(1), .. empty]));

        var found = await _search.RunAsync(manifest, "test", [], Token);

        Assert.Equal((0, Slices, Slices, 6), (found.Found, found.Evaluated, found.Compared, found.WithoutContent));
    }

    [Fact]
    public async Task Run_OneSideOnly_ComparedWithNothing()
    {
        var manifest = await SealAsync("toy", Case("anna", "test", Phantom(0)));

        var found = await _search.RunAsync(manifest, "test", [], Token);

        Assert.Equal((0, 0), (found.Found, found.Compared));
        Assert.Empty(found.Sides);
    }

    [Fact]
    public async Task Run_ModelOfAnotherDataset_ItsTrainingSlicesAreComparedToo()
    {
        var trained = await SealAsync("old", Case("p-17", "train", Phantom(0)), Case("p-18", "test", Phantom(1)));
        var manifest = await SealAsync("toy", Case("anna", "test", [.. Phantom(0), .. Phantom(1)]));
        var larger = await SealAsync("larger", new CaseSlice("s0", "train", 64, 64, false, new ByteImage(64, 64), new ByteImage(64, 64)));

        var found = await _search.RunAsync(
            manifest,
            "test",
            [Model("a", trained.Reference, trained.Digest), Model("b", "gone@1", null), Model("c", trained.Reference, "other"), Model("d", larger.Reference, larger.Digest)],
            Token);

        // What the other dataset only tests on was not learned from.
        Assert.Equal(Slices, found.Found);
        Assert.Equal(["p-17"], found.OtherCases);
        Assert.Equal(["old@1 train"], found.Sides);
        Assert.Collection(
            found.NotCompared,
            text => Assert.StartsWith("gone@1: There is no dataset gone@1", text, StringComparison.Ordinal),
            text => Assert.StartsWith("old@1: the dataset of that name is another one", text, StringComparison.Ordinal),
            text => Assert.Equal("larger@1: its slices are 64² pixels, the evaluated ones 96²", text));
    }

    [Fact]
    public async Task Run_MoreThanCanBeListed_CountsAllAndListsTheMostSimilar()
    {
        var images = Enumerable.Range(0, 9).SelectMany(Phantom).ToArray();
        var manifest = await SealAsync(
            "toy", Case("anna", "test", images), Case("bert", "train", [.. images.Select((image, i) => i % 2 == 0 ? image : Jitter.Noise(image, i))]));

        var found = await _search.RunAsync(manifest, "test", [], Token);

        Assert.Equal((72, 50), (found.Found, found.Pairs.Count));
        Assert.Equal(36, found.Pairs.Count(pair => pair.Similarity > 1 - 1e-6));
        Assert.Equal(found.Pairs.OrderByDescending(pair => pair.Similarity), found.Pairs);
    }

    // The real patients have nothing in common; one that is imported again under another name is found whole.
    [Fact]
    public async Task Run_RealSlicesWithAPatientImportedAgain_FindsThatPatientOnly()
    {
        var cases = Btcv.Read();
        var again = cases[^1];
        var parts = cases.Select((one, i) => Case(one.Case, i % 5 == 4 ? "test" : "train", [.. one.Slices.Select(slice => slice.Image)]));
        var copy = Case("import-2", "train", [.. again.Slices.Select(slice => Jitter.Window(Jitter.Jpeg(slice.Image, 75), -160, 240))]);
        var manifest = await SealAsync("btcv", [.. parts, copy]);

        var watch = Stopwatch.StartNew();
        var found = await _search.RunAsync(manifest, "test", [], Token);

        TestContext.Current.TestOutputHelper?.WriteLine($"{found.Evaluated} against {found.Compared} slices: {watch.Elapsed.TotalSeconds:F2} s");
        Assert.Equal(892 + again.Slices.Count, found.Evaluated + found.Compared);
        Assert.InRange(found.Evaluated, again.Slices.Count + 1, 891);
        Assert.Equal(again.Slices.Count, found.Found);
        Assert.Equal([again.Case], found.Cases);
        Assert.Equal(["import-2"], found.OtherCases);
    }

    // Every third slice of a patient is on the other side from its neighbours. Of two neighbours .41 are alike enough, of all
    // pairs of them that were measured; of slices with two neighbours more are.
    [Fact]
    public async Task Run_RealSlicesSplitBySlice_FindsTheirNeighbours()
    {
        var manifest = await SealAsync("btcv", [.. Btcv.Read().Take(3).SelectMany(one => one.Slices
            .Select((slice, i) => (one.Case, Slice(i, i % 3 == 1 ? "test" : "train", slice.Image))))
            .GroupBy(pair => pair.Case, pair => pair.Item2)
            .Select(group => (group.Key, group.ToArray()))]);

        var found = await _search.RunAsync(manifest, "test", [], Token);

        Assert.InRange(found.Found, 0.3 * found.Evaluated, found.Evaluated);
        Assert.All(found.Pairs, pair => Assert.Equal(pair.Case, pair.OtherCase));
    }

    private static ModelDocument Model(string name, string dataset, string? digest) => new()
    {
        Model = name,
        Version = "1",
        Architecture = "unet",
        LabelSchema = LabelSchema.Abdomen,
        Preprocessing = new PreprocessingRecipe { Size = Size },
        Dataset = dataset,
        DatasetDigest = digest,
    };

    private static ByteImage[] Phantom(int patient) =>
        [.. new PhantomGenerator(11).Patient(patient, Slices, Size).Select(slice => slice.Image)];

    private static (string, CaseSlice[]) Case(string name, string split, IReadOnlyList<ByteImage> images) =>
        (name, [.. images.Select((image, i) => Slice(i, split, image))]);

    private static CaseSlice Slice(int index, string split, ByteImage image) => new(
        $"s{index:000}", split, image.Width, image.Height, false, image, new ByteImage(image.Width, image.Height));

    private Task<DatasetManifest> SealAsync(string name, CaseSlice slice) => SealAsync(name, ("only", [slice]));

    private async Task<DatasetManifest> SealAsync(string name, params (string Case, CaseSlice[] Slices)[] cases)
    {
        var size = cases[0].Slices[0].Image.Width;
        await using var writer = await _datasets.BeginAsync(
            name,
            size,
            LabelSchema.Abdomen,
            new PreprocessingRecipe { Size = size },
            new DatasetSplit { Policy = "table", Leaky = false },
            null,
            Token);
        foreach (var one in cases)
        {
            await writer.AddCaseAsync(one.Case, one.Slices, Token);
        }

        return await writer.SealAsync(Token);
    }
}
