using OrganSeg.Testing;

namespace OrganSeg.Storage.Tests;

public sealed class ReportCatalogueTests(AzuriteServer azurite) : StoreTests(azurite)
{
    [Theory, MemberData(nameof(Stores))]
    public async Task Publish_Report_IsReadBack(StoreKind kind)
    {
        var catalogue = new ReportCatalogue(await NewStoreAsync(kind));
        Assert.Equal("r1", await catalogue.PublishAsync("r1", Files("one"), Token));
        await catalogue.PublishAsync("r2", Files("two"), Token);
        Assert.Equal(
            ["figures/liver.png", "report.html", "report.json"], await catalogue.FilesAsync("r1", Token));
        Assert.Equal(Bytes("one"), await ReadAsync(await catalogue.OpenFileAsync("r1", "report.json", Token)));
        Assert.Equal(Bytes("png"), await ReadAsync(await catalogue.OpenFileAsync("r1", "figures/liver.png", Token)));
        Assert.Equal(["r2", "r1"], await catalogue.ListAsync(Token).ToListAsync(Token));
        await ThrowsAsync(ErrorKind.Missing, () => catalogue.OpenFileAsync("r1", "none.png", Token));
        await ThrowsAsync(ErrorKind.Missing, () => catalogue.OpenFileAsync("r3", "report.json", Token));
        await ThrowsAsync(ErrorKind.Invalid, () => catalogue.OpenFileAsync("../r1", "report.json", Token));
        OrganSegException thrown =
            await ThrowsAsync(ErrorKind.Exists, () => catalogue.PublishAsync("r1", Files("again"), Token));
        Assert.Contains("r1", thrown.Message, StringComparison.Ordinal);
        Assert.Equal(Bytes("one"), await ReadAsync(await catalogue.OpenFileAsync("r1", "report.json", Token)));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Publish_SameNameTogether_OneWinsWhole(StoreKind kind)
    {
        var catalogue = new ReportCatalogue(await NewStoreAsync(kind));
        bool[] won = await Task.WhenAll(Enumerable.Range(0, 5).Select(async i =>
        {
            try
            {
                await catalogue.PublishAsync("r", Files($"{i}"), Token);
                return true;
            }
            catch (OrganSegException e) when (e.Kind == ErrorKind.Exists)
            {
                return false;
            }
        }));
        int winner = Assert.Single(Enumerable.Range(0, 5), i => won[i]);
        Assert.Equal(Bytes($"{winner}"), await ReadAsync(await catalogue.OpenFileAsync("r", "report.json", Token)));
        Assert.Equal(
            Bytes($"<p>{winner}</p>"), await ReadAsync(await catalogue.OpenFileAsync("r", "report.html", Token)));
    }

    [Theory]
    [CombinatorialStores("report.html")]
    [CombinatorialStores("report.json")]
    [CombinatorialStores("files.json")]
    public async Task Open_Tampered_IsCorruptNamingTheBlob(StoreKind kind, string file)
    {
        IObjectStore store = await NewStoreAsync(kind);
        var catalogue = new ReportCatalogue(store);
        await catalogue.PublishAsync("r", Files("1"), Token);
        byte[] bytes = await store.ReadAllAsync("reports", $"r/{file}", null, Token);
        string text = System.Text.Encoding.UTF8.GetString(bytes).Replace('1', '2');
        await store.WriteBytesAsync("reports", $"r/{file}", Bytes(text), WriteCondition.Any, Token);
        OrganSegException thrown = await ThrowsAsync(
            ErrorKind.Corrupt,
            () => catalogue.OpenFileAsync("r", file == "files.json" ? "report.json" : file, Token));
        Assert.Contains($"reports/r/{file}", thrown.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task List_WithoutReportJson_IsNoReport(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        var catalogue = new ReportCatalogue(store);
        await catalogue.PublishAsync("r", Files("1"), Token);
        await store.DeleteAsync("reports", "r/report.json", Token);
        Assert.Empty(await catalogue.ListAsync(Token).ToListAsync(Token));
        await ThrowsAsync(ErrorKind.Missing, () => catalogue.FilesAsync("r", Token));
        await ThrowsAsync(ErrorKind.Missing, () => catalogue.OpenFileAsync("r", "report.html", Token));
    }

    [Fact]
    public async Task Publish_NoReportJson_IsInvalid()
    {
        var catalogue = new ReportCatalogue(new FolderObjectStore(NewFolder().Path));
        await ThrowsAsync(ErrorKind.Invalid, () => catalogue.PublishAsync(
            "r", new Dictionary<string, ReadOnlyMemory<byte>> { ["report.html"] = Bytes("x") }, Token));
        await ThrowsAsync(ErrorKind.Invalid, () => catalogue.PublishAsync("Not a name", Files("x"), Token));
    }

    private static Dictionary<string, ReadOnlyMemory<byte>> Files(string content) => new()
    {
        ["report.json"] = Bytes(content),
        ["report.html"] = Bytes($"<p>{content}</p>"),
        ["figures/liver.png"] = Bytes("png"),
    };
}
