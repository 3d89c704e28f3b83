using System.Formats.Tar;
using OrganSeg.Imaging;
using OrganSeg.Testing;

namespace OrganSeg.Storage.Tests;

public sealed class DatasetCatalogueTests(AzuriteServer azurite) : StoreTests(azurite)
{
    private const int Size = 16;

    private static readonly DatasetSplit Split = new() { Policy = "patient", Leaky = false, Seed = 7 };

    [Theory, MemberData(nameof(Stores))]
    public async Task Seal_Cases_GivesAManifestAndTheSamePixels(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        var catalogue = new DatasetCatalogue(store, TimeProvider.System);
        DatasetManifest sealedOne = await SealAsync(catalogue, "ct", ["case2", "case1"]);
        DatasetManifest manifest = await catalogue.GetAsync("ct", Token);
        Assert.Equal("ct@1", manifest.Reference);
        Assert.Equal(sealedOne.Digest, manifest.Digest);
        Assert.Equal(sealedOne.SealedAt, manifest.SealedAt);
        Assert.Equal(["case1", "case2"], manifest.Cases.Select(one => one.Case));
        Assert.Equal("shards/case1.tar", manifest.Cases[0].Shard);
        Assert.Equal(LabelSchema.Abdomen, manifest.LabelSchema);
        Assert.Equal(7ul, manifest.Split.Seed);
        DatasetSlice slice = manifest.Cases[0].Slices[0];
        Assert.Equal("case1_slice0", slice.Name);
        // The label maps are background with one row of 16 pixels of liver.
        Assert.Equal([new("background", 240), new("liver", 16)], slice.Pixels);

        List<DatasetSample> samples = await catalogue.ReadAsync(manifest, null, Token).ToListAsync(Token);
        Assert.Equal(
            ["case1_slice0", "case1_slice1", "case2_slice0", "case2_slice1"], samples.Select(sample => sample.Name));
        CaseSlice source = Slices("case2")[1];
        Assert.Equal(source.Image.Pixels, samples[3].Image.Pixels);
        Assert.Equal(source.Labels.Pixels, samples[3].Labels.Pixels);
        Assert.Equal(
            ["case1_slice1", "case2_slice1"],
            await catalogue.ReadAsync(manifest, "validation", Token).Select(sample => sample.Name).ToListAsync(Token));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Seal_EqualContent_GivesTheExistingVersion(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        var catalogue = new DatasetCatalogue(store, TimeProvider.System);
        DatasetManifest first = await SealAsync(catalogue, "ct", ["case1", "case2"]);
        DatasetManifest other = await SealAsync(catalogue, "ct", ["case1"]);
        DatasetManifest again = await SealAsync(catalogue, "ct", ["case2", "case1"], reverse: true);
        DatasetManifest elsewhere = await SealAsync(catalogue, "copy", ["case1", "case2"]);
        Assert.Equal("1", again.Version);
        Assert.Equal(first.SealedAt, again.SealedAt);
        Assert.Equal("2", other.Version);
        Assert.Equal(first.Digest, elsewhere.Digest);
        Assert.Equal(
            ["copy@1", "ct@2", "ct@1"], await catalogue.ListAsync(Token).Select(m => m.Reference).ToListAsync(Token));
        Assert.Empty(await store.ListAsync("datasets", "ct/3/", Token).ToListAsync(Token));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Dispose_Unsealed_LeavesNothing(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        var catalogue = new DatasetCatalogue(store, TimeProvider.System);
        await using (DatasetWriter writer = await BeginAsync(catalogue, "ct"))
        {
            await writer.AddCaseAsync("case1", Slices("case1"), Token);
            Assert.NotEmpty(await store.ListAsync("datasets", "", Token).ToListAsync(Token));
            await ThrowsAsync(ErrorKind.Missing, () => catalogue.GetAsync("ct", Token));
            Assert.Empty(await catalogue.ListAsync(Token).ToListAsync(Token));
        }

        Assert.Empty(await store.ListAsync("datasets", "", Token).ToListAsync(Token));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Begin_ManyTogether_GetDistinctVersions(StoreKind kind)
    {
        var catalogue = new DatasetCatalogue(await NewStoreAsync(kind), TimeProvider.System);
        DatasetManifest[] manifests = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => SealAsync(catalogue, "ct", [$"case{i}"])));
        Assert.Equal(
            Enumerable.Range(1, 8), manifests.Select(manifest => int.Parse(manifest.Version, null)).Order());
        DatasetManifest newest = await catalogue.GetAsync("ct", Token);
        Assert.Equal("8", newest.Version);
    }

    [Theory]
    [CombinatorialStores("shard")]
    [CombinatorialStores("shard gone")]
    [CombinatorialStores("manifest")]
    [CombinatorialStores("manifest is no JSON")]
    [CombinatorialStores("manifest moved")]
    public async Task Read_Tampered_IsCorruptNamingTheBlob(StoreKind kind, string what)
    {
        IObjectStore store = await NewStoreAsync(kind);
        var catalogue = new DatasetCatalogue(store, TimeProvider.System);
        await SealAsync(catalogue, "ct", ["case1"]);
        string blob = what switch
        {
            "manifest moved" => "ct/2/manifest.json",
            _ when what.StartsWith("shard", StringComparison.Ordinal) => "ct/1/shards/case1.tar",
            _ => "ct/1/manifest.json",
        };
        if (what == "shard gone")
        {
            await store.DeleteAsync("datasets", blob, Token);
        }
        else
        {
            byte[] bytes = await store.ReadAllAsync(
                "datasets", blob.Replace("/2/", "/1/", StringComparison.Ordinal), null, Token);
            byte[] tampered = what switch
            {
                "shard" => [.. bytes[..600], (byte)(bytes[600] ^ 1), .. bytes[601..]],
                "manifest" => Bytes(System.Text.Encoding.UTF8.GetString(bytes)
                    .Replace("\"leaky\": false", "\"leaky\": true", StringComparison.Ordinal)),
                "manifest is no JSON" => bytes[..^10],
                _ => bytes,
            };
            await store.WriteBytesAsync("datasets", blob, tampered, WriteCondition.Any, Token);
        }

        OrganSegException thrown = await ThrowsAsync(ErrorKind.Corrupt, async () =>
        {
            DatasetManifest manifest = await catalogue.GetAsync("ct", Token);
            await catalogue.ReadAsync(manifest, null, Token).ToListAsync(Token);
        });
        Assert.Contains(blob, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_NewerSchema_AsksForAnUpdate()
    {
        var store = new FolderObjectStore(NewFolder().Path);
        var catalogue = new DatasetCatalogue(store, TimeProvider.System);
        DatasetManifest manifest = await SealAsync(catalogue, "ct", ["case1"]) with { Schema = 2 };
        manifest = manifest with { Digest = SealedJson.DigestOf(manifest, DatasetManifest.OutsideDigest) };
        await store.WriteJsonAsync("datasets", "ct/1/manifest.json", manifest, WriteCondition.Any, Token);
        await ThrowsAsync(ErrorKind.NotReady, () => catalogue.GetAsync("ct", Token));
    }

    [Fact]
    public async Task AddCase_StrangeNames_AreReadBackAsTheyWere()
    {
        var store = new FolderObjectStore(NewFolder().Path);
        var catalogue = new DatasetCatalogue(store, TimeProvider.System);
        string[] names = ["../../etc", "A", "a", "CON", "Müller, Hans", new string('x', 300), "a.b", "a/b", "-", " "];
        DatasetManifest manifest = await SealAsync(catalogue, "ct", names);
        List<DatasetSample> samples = await catalogue.ReadAsync(manifest, null, Token).ToListAsync(Token);
        Assert.Equal(names.Order(StringComparer.Ordinal), samples.Select(sample => sample.Case).Distinct());
        Assert.Equal(2 * names.Length, samples.Count);
        Assert.All(manifest.Cases, one => Assert.Matches(@"^shards/[a-z0-9_-]{1,80}\.tar$", one.Shard));
        Assert.Equal(names.Length, manifest.Cases.Select(one => one.Shard).Distinct().Count());
    }

    [Fact]
    public async Task AddCase_EqualSlices_GiveEqualBytesInTheWebDatasetForm()
    {
        CaseSlice[] slices = Slices("Case.1");
        byte[] one = await DatasetShard.WriteAsync(slices, Token);
        byte[] two = await DatasetShard.WriteAsync(slices, Token);
        Assert.Equal(one, two);
        using var tar = new TarReader(new MemoryStream(one));
        var names = new List<string>();
        while (await tar.GetNextEntryAsync(cancellationToken: Token) is { } entry)
        {
            names.Add(entry.Name);
            Assert.Equal(DateTimeOffset.UnixEpoch, entry.ModificationTime);
            Assert.Equal(0, entry.Uid);
            Assert.Equal("", Assert.IsType<UstarTarEntry>(entry).UserName);
            Assert.Equal(TarEntryType.RegularFile, entry.EntryType);
        }

        // The key of a sample ends at the first dot, and image and label share it.
        Assert.Equal(4, names.Count);
        Assert.Equal(2, names.Select(name => name[..name.IndexOf('.', StringComparison.Ordinal)]).Distinct().Count());
        Assert.All(names, name => Assert.True(
            name.EndsWith(".image.png", StringComparison.Ordinal) || name.EndsWith(".label.png", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task AddCase_WrongSlices_NamesAllThatIsWrong()
    {
        var catalogue = new DatasetCatalogue(new FolderObjectStore(NewFolder().Path), TimeProvider.System);
        await using DatasetWriter writer = await BeginAsync(catalogue, "ct");
        CaseSlice good = Slices("case1")[0];
        var unknown = new ByteImage(Size, Size);
        unknown.Pixels[3] = 9;
        OrganSegException thrown = await ThrowsAsync(ErrorKind.Invalid, () => writer.AddCaseAsync(
            "case1",
            [
                good,
                good,
                good with { Name = "small", Image = new ByteImage(8, 8) },
                good with { Name = "label", Labels = unknown },
                good with { Name = "split", Split = "all" },
            ],
            Token));
        Assert.Equal(["case1_slice0", "small", "label", "split"], thrown.Violations.Select(v => v.Field));
        await ThrowsAsync(ErrorKind.Invalid, () => writer.AddCaseAsync("case1", [], Token));
        await ThrowsAsync(ErrorKind.Invalid, () => writer.SealAsync(Token));
        await writer.AddCaseAsync("case1", [good], Token);
        await ThrowsAsync(ErrorKind.Invalid, () => writer.AddCaseAsync("case1", [good], Token));
    }

    [Fact]
    public async Task Get_Missing_NamesWhatThereIs()
    {
        var catalogue = new DatasetCatalogue(new FolderObjectStore(NewFolder().Path), TimeProvider.System);
        OrganSegException none = await ThrowsAsync(ErrorKind.Missing, () => catalogue.GetAsync("mr", Token));
        Assert.Contains("no datasets yet", none.Message, StringComparison.Ordinal);
        await SealAsync(catalogue, "ct", ["case1"]);
        foreach (string name in new[] { "mr", "ct@2" })
        {
            OrganSegException thrown = await ThrowsAsync(ErrorKind.Missing, () => catalogue.GetAsync(name, Token));
            Assert.Contains("ct@1", thrown.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("CT")]
    [InlineData("../ct")]
    [InlineData("ct/1")]
    [InlineData("ct@")]
    [InlineData("ct@one")]
    [InlineData("ct@01")]
    [InlineData("ct@-1")]
    [InlineData("con")]
    [InlineData("a.")]
    [InlineData("ct\n")]
    public async Task Get_WrongName_IsInvalid(string name)
    {
        var catalogue = new DatasetCatalogue(new FolderObjectStore(NewFolder().Path), TimeProvider.System);
        OrganSegException thrown = await ThrowsAsync(ErrorKind.Invalid, () => catalogue.GetAsync(name, Token));
        Assert.Equal("dataset", Assert.Single(thrown.Violations).Field);
    }

    private static Task<DatasetWriter> BeginAsync(DatasetCatalogue catalogue, string dataset) => catalogue.BeginAsync(
        dataset, Size, LabelSchema.Abdomen, new PreprocessingRecipe { Size = Size }, Split, null, Token);

    private static async Task<DatasetManifest> SealAsync(
        DatasetCatalogue catalogue, string dataset, string[] cases, bool reverse = false)
    {
        await using DatasetWriter writer = await BeginAsync(catalogue, dataset);
        foreach (string one in cases)
        {
            CaseSlice[] slices = Slices(one);
            await writer.AddCaseAsync(one, reverse ? [.. slices.Reverse()] : slices, Token);
        }

        return await writer.SealAsync(Token);
    }

    private static CaseSlice[] Slices(string caseName) =>
    [
        .. Enumerable.Range(0, 2).Select(i =>
        {
            var labels = new ByteImage(Size, Size);
            labels.Row(i).Fill(1);
            var image = new ByteImage(Size, Size, Pattern(Size * Size, caseName.Length + i));
            return new CaseSlice(
                $"{caseName}_slice{i}", i == 0 ? "train" : "validation", 512, 400, false, image, labels);
        }),
    ];
}
