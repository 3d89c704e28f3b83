using System.Text;
using OrganSeg.Imaging;
using OrganSeg.Testing;

namespace OrganSeg.Storage.Tests;

/// <summary>Quality reports beside the manifests of datasets, and the folds in them.</summary>
public sealed class DatasetQualityTests(AzuriteServer azurite) : StoreTests(azurite)
{
    private const string Json = "{\"findings\":[]}";

    [Theory, MemberData(nameof(Stores))]
    public async Task ReadQuality_SealedWithAReport_GivesItsFiles(StoreKind kind)
    {
        var catalogue = new DatasetCatalogue(await NewStoreAsync(kind), TimeProvider.System);

        DatasetManifest manifest = await SealAsync(catalogue);

        Assert.Equal(["quality.html", "quality.json"], await catalogue.QualityFilesAsync(manifest, Token));
        Assert.Equal(Json, Encoding.UTF8.GetString(await catalogue.ReadQualityAsync(manifest, "quality.json", Token)));
        OrganSegException error = await Assert.ThrowsAsync<OrganSegException>(() => catalogue.ReadQualityAsync(manifest, "files.json", Token));
        Assert.Equal(ErrorKind.Missing, error.Kind);
        Assert.Contains("quality.html", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadQuality_SealedWithout_SaysSo()
    {
        var catalogue = new DatasetCatalogue(await NewStoreAsync(StoreKind.Folder), TimeProvider.System);
        DatasetManifest manifest = await SealAsync(catalogue, quality: false);

        Assert.Empty(await catalogue.QualityFilesAsync(manifest, Token));
        OrganSegException error = await Assert.ThrowsAsync<OrganSegException>(() => catalogue.ReadQualityAsync(manifest, "quality.json", Token));
        Assert.Equal(ErrorKind.Missing, error.Kind);
        Assert.Contains("sealed before", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadQuality_ChangedFile_IsCorruptForReaderAndCheck()
    {
        IObjectStore store = await NewStoreAsync(StoreKind.Folder);
        var catalogue = new DatasetCatalogue(store, TimeProvider.System);
        DatasetManifest manifest = await SealAsync(catalogue);
        Assert.Empty((await new StoreCheck(store).RunAsync(Token)).Problems);

        await store.WriteBytesAsync("datasets", "d/1/quality/quality.html", "other"u8.ToArray(), WriteCondition.Any, Token);

        OrganSegException error = await Assert.ThrowsAsync<OrganSegException>(() => catalogue.ReadQualityAsync(manifest, "quality.html", Token));
        Assert.Equal(ErrorKind.Corrupt, error.Kind);
        Assert.Equal(
            "datasets/d/1/quality/quality.html does not match its SHA-256.", Assert.Single((await new StoreCheck(store).RunAsync(Token)).Problems));
    }

    [Fact]
    public async Task Copy_DatasetWithAReport_BringsIt()
    {
        IObjectStore source = await NewStoreAsync(StoreKind.Folder);
        IObjectStore target = await NewStoreAsync(StoreKind.Folder);
        DatasetManifest manifest = await SealAsync(new DatasetCatalogue(source, TimeProvider.System));

        await new StoreCopy(source, target).RunAsync(onlyIntoOwn: false, Token);

        Assert.Equal(Json, Encoding.UTF8.GetString(
            await new DatasetCatalogue(target, TimeProvider.System).ReadQualityAsync(manifest, "quality.json", Token)));
    }

    // A report that words things otherwise leaves the data what it is.
    [Fact]
    public async Task Seal_OtherReportOrNone_IsTheSameVersion()
    {
        var catalogue = new DatasetCatalogue(await NewStoreAsync(StoreKind.Folder), TimeProvider.System);

        DatasetManifest first = await SealAsync(catalogue, quality: false);
        DatasetManifest second = await SealAsync(catalogue);

        Assert.Equal((first.Version, first.Digest), (second.Version, second.Digest));
        Assert.Empty(await catalogue.QualityFilesAsync(second, Token));
    }

    [Fact]
    public async Task Dispose_Unsealed_LeavesNoReport()
    {
        IObjectStore store = await NewStoreAsync(StoreKind.Folder);
        await using (DatasetWriter writer = await BeginAsync(new DatasetCatalogue(store, TimeProvider.System)))
        {
            await writer.AddQualityAsync(Files(), Token);
        }

        Assert.Empty(await store.ListAsync("datasets", "", Token).ToListAsync(Token));
    }

    [Fact]
    public async Task AddQuality_UnsafeName_IsInvalid()
    {
        await using DatasetWriter writer = await BeginAsync(new DatasetCatalogue(await NewStoreAsync(StoreKind.Folder), TimeProvider.System));

        OrganSegException error = await Assert.ThrowsAsync<OrganSegException>(() => writer.AddQualityAsync(
            new Dictionary<string, ReadOnlyMemory<byte>> { ["../manifest.json"] = "x"u8.ToArray() }, Token));

        Assert.Equal(ErrorKind.Invalid, error.Kind);
    }

    [Fact]
    public async Task AssignFolds_SomeCases_AreInTheManifestAndItsDigest()
    {
        var catalogue = new DatasetCatalogue(await NewStoreAsync(StoreKind.Folder), TimeProvider.System);
        DatasetManifest without = await SealAsync(catalogue);

        DatasetManifest with = await SealAsync(catalogue, new Dictionary<string, int> { ["bert"] = 2 });

        Assert.Equal([null, 2], (await catalogue.GetAsync("d@2", Token)).Cases.Select(one => one.Fold));
        Assert.NotEqual(without.Digest, with.Digest);
    }

    private static Dictionary<string, ReadOnlyMemory<byte>> Files() => new()
    {
        ["quality.json"] = Encoding.UTF8.GetBytes(Json),
        ["quality.html"] = "<p>"u8.ToArray(),
    };

    private static Task<DatasetWriter> BeginAsync(DatasetCatalogue catalogue) => catalogue.BeginAsync(
        "d", 16, LabelSchema.Abdomen, new PreprocessingRecipe { Size = 16 }, new DatasetSplit { Policy = "patient", Leaky = false }, null, Token);

    private static async Task<DatasetManifest> SealAsync(
        DatasetCatalogue catalogue, IReadOnlyDictionary<string, int>? folds = null, bool quality = true)
    {
        await using DatasetWriter writer = await BeginAsync(catalogue);
        foreach (string name in (string[])["anna", "bert"])
        {
            await writer.AddCaseAsync(
                name, [new CaseSlice("s0", "train", 16, 16, true, new ByteImage(16, 16), new ByteImage(16, 16))], Token);
        }

        writer.AssignFolds(folds ?? new Dictionary<string, int>());
        if (quality)
        {
            await writer.AddQualityAsync(Files(), Token);
        }

        return await writer.SealAsync(Token);
    }
}
