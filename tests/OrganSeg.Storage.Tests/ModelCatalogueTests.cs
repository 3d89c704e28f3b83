using System.Text.Json;
using OrganSeg.Imaging;
using OrganSeg.Testing;

namespace OrganSeg.Storage.Tests;

public sealed class ModelCatalogueTests(AzuriteServer azurite) : StoreTests(azurite)
{
    [Theory, MemberData(nameof(Stores))]
    public async Task Publish_Model_IsResolvedAndReadBack(StoreKind kind)
    {
        var catalogue = new ModelCatalogue(await NewStoreAsync(kind), TimeProvider.System);
        ModelDocument published = await PublishAsync(catalogue, "organs", "first");
        ModelDocument second = await PublishAsync(catalogue, "organs", "second");
        Assert.Equal("organs@1", published.Reference);
        Assert.Equal("organs@2", second.Reference);
        ModelDocument model = await catalogue.ResolveAsync("organs@1", Token);
        Assert.Equal(StoredJson.Serialize(published), StoredJson.Serialize(model));
        Assert.Equal(0.9, model.Metrics["f1"]);
        Assert.Equal(16, model.Specification!.Value.GetProperty("width").GetInt32());
        Assert.Equal(Bytes("first"), await catalogue.ReadFileAsync(model, "model.onnx", Token));
        Assert.Equal("2", (await catalogue.ResolveAsync("organs", Token)).Version);
        Assert.Equal(
            ["organs@2", "organs@1"], await catalogue.ListAsync(Token).Select(m => m.Reference).ToListAsync(Token));
        await ThrowsAsync(ErrorKind.Missing, () => catalogue.ReadFileAsync(model, "other.onnx", Token));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Publish_ManyTogether_GetDistinctVersions(StoreKind kind)
    {
        var catalogue = new ModelCatalogue(await NewStoreAsync(kind), TimeProvider.System);
        ModelDocument[] models = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(i => PublishAsync(catalogue, "organs", $"content {i}")));
        Assert.Equal(Enumerable.Range(1, 10), models.Select(model => int.Parse(model.Version, null)).Order());
        for (int i = 0; i < models.Length; i++)
        {
            ModelDocument model = await catalogue.ResolveAsync(models[i].Reference, Token);
            Assert.Equal(Bytes($"content {i}"), await catalogue.ReadFileAsync(model, "model.onnx", Token));
        }
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Publish_Cancelled_LeavesNothing(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        var cancel = new CancellationTokenSource();
        var catalogue = new ModelCatalogue(new CancelAfterWrite(store, "model.onnx", cancel), TimeProvider.System);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => catalogue.PublishAsync(
            Template("organs"),
            new Dictionary<string, ReadOnlyMemory<byte>>
            {
                ["model.onnx"] = Bytes("x"),
                ["weights.safetensors"] = Bytes("y"),
            },
            cancel.Token));
        Assert.Empty(await store.ListAsync("models", "", Token).ToListAsync(Token));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task SetCanaryAndShadow_ThenPromote_EndsWhatThePromotionSettles(StoreKind kind)
    {
        var catalogue = new ModelCatalogue(await NewStoreAsync(kind), TimeProvider.System);
        for (int i = 1; i <= 4; i++)
        {
            await PublishAsync(catalogue, "organs", $"{i}");
        }

        ModelRollout second = new("organs", "2", 0.25), third = new("organs", "3", 1);
        await ThrowsAsync(ErrorKind.Missing, () => catalogue.SetCanaryAsync("production", second, Token));
        await catalogue.PromoteAsync("production", "organs@1", Token);
        await catalogue.SetCanaryAsync("production", second, Token);
        ModelAlias both = await catalogue.SetShadowAsync("production", third, Token);
        Assert.Equal((second, third), (both.Canary, both.Shadow));
        Assert.Equal(both, (await catalogue.ResolveWithAliasAsync("production", Token)).Alias);
        Assert.Equal("1", (await catalogue.ResolveAsync("production", Token)).Version);
        Assert.Null((await catalogue.ResolveWithAliasAsync("organs", Token)).Alias);
        // A promotion settles the canary, and leaves a shadow that is still another version.
        ModelAlias promoted = await catalogue.PromoteAsync("production", "organs@2", Token);
        Assert.Equal((null, third), (promoted.Canary, promoted.Shadow));
        Assert.Null((await catalogue.PromoteAsync("production", "organs@3", Token)).Shadow);
        await catalogue.SetShadowAsync("production", second, Token);
        await catalogue.SetCanaryAsync("production", new ModelRollout("organs", "4", 0.5), Token);
        ModelAlias back = await catalogue.RollBackAsync("production", Token);
        Assert.Equal(("2", (ModelRollout?)null, (ModelRollout?)null), (back.Version, back.Canary, back.Shadow));
        await catalogue.SetCanaryAsync("production", third, Token);
        Assert.Null((await catalogue.SetCanaryAsync("production", null, Token)).Canary);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task SetCanary_ThatMeansNothing_Refused(StoreKind kind)
    {
        var catalogue = new ModelCatalogue(await NewStoreAsync(kind), TimeProvider.System);
        await PublishAsync(catalogue, "organs", "1");
        await PublishAsync(catalogue, "organs", "2");
        await catalogue.PromoteAsync("production", "organs@1", Token);
        foreach (double share in (double[])[0, -0.5, 1.01, double.NaN])
        {
            await ThrowsAsync(
                ErrorKind.Invalid, () => catalogue.SetCanaryAsync("production", new ModelRollout("organs", "2", share), Token));
        }

        await ThrowsAsync(
            ErrorKind.Invalid, () => catalogue.SetShadowAsync("production", new ModelRollout("organs", "1", 0.5), Token));
        Assert.Null((await catalogue.ResolveWithAliasAsync("production", Token)).Alias!.Canary);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Promote_ThenRollBack_GoesForthAndBack(StoreKind kind)
    {
        var catalogue = new ModelCatalogue(await NewStoreAsync(kind), TimeProvider.System);
        await PublishAsync(catalogue, "organs", "1");
        await PublishAsync(catalogue, "organs", "2");
        await PublishAsync(catalogue, "production-like", "other");
        ModelAlias first = await catalogue.PromoteAsync("production", "organs@1", Token);
        Assert.Null(first.PreviousModel);
        await ThrowsAsync(ErrorKind.NotReady, () => catalogue.RollBackAsync("production", Token));
        ModelAlias second = await catalogue.PromoteAsync("production", "organs", Token);
        Assert.Equal(("2", "1"), (second.Version, second.PreviousVersion));
        Assert.Equal("2", (await catalogue.ResolveAsync("production", Token)).Version);
        ModelAlias same = await catalogue.PromoteAsync("production", "production", Token);
        Assert.Equal(second, same);
        await catalogue.RollBackAsync("production", Token);
        Assert.Equal("1", (await catalogue.ResolveAsync("production", Token)).Version);
        await catalogue.RollBackAsync("production", Token);
        Assert.Equal("2", (await catalogue.ResolveAsync("production", Token)).Version);
        await catalogue.PromoteAsync("canary", "organs@1", Token);
        Assert.Equal(
            ["canary", "production"], await catalogue.ListAliasesAsync(Token).Select(a => a.Alias).ToListAsync(Token));
        await ThrowsAsync(ErrorKind.Missing, () => catalogue.RollBackAsync("none", Token));
        await ThrowsAsync(ErrorKind.Missing, () => catalogue.PromoteAsync("production", "none", Token));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Resolve_AliasNamedAsAModel_IsTheAlias(StoreKind kind)
    {
        var catalogue = new ModelCatalogue(await NewStoreAsync(kind), TimeProvider.System);
        await PublishAsync(catalogue, "one", "1");
        await PublishAsync(catalogue, "two", "2");
        await catalogue.PromoteAsync("one", "two", Token);
        Assert.Equal("two@1", (await catalogue.ResolveAsync("one", Token)).Reference);
        Assert.Equal("one@1", (await catalogue.ResolveAsync("one@1", Token)).Reference);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Promote_Races_KeepTheHistoryTrue(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        var catalogue = new ModelCatalogue(store, TimeProvider.System);
        for (int i = 0; i < 6; i++)
        {
            await PublishAsync(catalogue, "organs", $"{i}");
        }

        // Each move that happens names what it moved from, so the moves chain: every version is left exactly once.
        ModelAlias[] moves = await Task.WhenAll(
            Enumerable.Range(1, 6).Select(i => catalogue.PromoteAsync("production", $"organs@{i}", Token)));
        Assert.Equal(Enumerable.Range(1, 6).Select(i => $"{i}"), moves.Select(move => move.Version));
        Assert.Equal(6, moves.Select(move => move.PreviousVersion).Distinct().Count());
        Assert.Single(moves, move => move.PreviousVersion is null);

        ModelAlias before = Assert.Single(await catalogue.ListAliasesAsync(Token).ToListAsync(Token));
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => catalogue.RollBackAsync("production", Token)));
        ModelAlias after = Assert.Single(await catalogue.ListAliasesAsync(Token).ToListAsync(Token));
        Assert.Equal((before.Version, before.PreviousVersion), (after.Version, after.PreviousVersion));
    }

    [Theory]
    [CombinatorialStores("model.json")]
    [CombinatorialStores("model.onnx")]
    [CombinatorialStores("model.onnx gone")]
    public async Task Read_Tampered_IsCorruptNamingTheBlob(StoreKind kind, string what)
    {
        IObjectStore store = await NewStoreAsync(kind);
        var catalogue = new ModelCatalogue(store, TimeProvider.System);
        await PublishAsync(catalogue, "organs", "content");
        string blob = "organs/1/" + what.Split(' ')[0];
        string text = System.Text.Encoding.UTF8.GetString(await store.ReadAllAsync("models", blob, null, Token));
        if (what.EndsWith("gone", StringComparison.Ordinal))
        {
            await store.DeleteAsync("models", blob, Token);
        }
        else
        {
            string tampered = text.Replace("content", "c0ntent", StringComparison.Ordinal)
                .Replace("\"f1\": 0.9", "\"f1\": 0.99", StringComparison.Ordinal);
            Assert.NotEqual(text, tampered);
            await store.WriteBytesAsync("models", blob, Bytes(tampered), WriteCondition.Any, Token);
        }

        OrganSegException thrown = await ThrowsAsync(ErrorKind.Corrupt, async () =>
        {
            ModelDocument model = await catalogue.ResolveAsync("organs", Token);
            await catalogue.ReadFileAsync(model, "model.onnx", Token);
        });
        Assert.Contains("models/" + blob, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resolve_Missing_NamesWhatThereIs()
    {
        var catalogue = new ModelCatalogue(new FolderObjectStore(NewFolder().Path), TimeProvider.System);
        OrganSegException none = await ThrowsAsync(ErrorKind.Missing, () => catalogue.ResolveAsync("liver", Token));
        Assert.Contains("no models and aliases yet", none.Message, StringComparison.Ordinal);
        await PublishAsync(catalogue, "organs", "x");
        await catalogue.PromoteAsync("production", "organs", Token);
        OrganSegException thrown = await ThrowsAsync(ErrorKind.Missing, () => catalogue.ResolveAsync("liver", Token));
        Assert.Contains("production, organs@1", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_WrongNames_AreInvalid()
    {
        var catalogue = new ModelCatalogue(new FolderObjectStore(NewFolder().Path), TimeProvider.System);
        await ThrowsAsync(ErrorKind.Invalid, () => PublishAsync(catalogue, "aliases", "x"));
        await ThrowsAsync(ErrorKind.Invalid, () => PublishAsync(catalogue, "Organs", "x"));
        await ThrowsAsync(ErrorKind.Invalid, () => catalogue.PromoteAsync("aliases", "x", Token));
        foreach (string file in new[] { "model.json", "reserved", "../x", "/x", "a b", ".x", "a//b", "" })
        {
            await ThrowsAsync(ErrorKind.Invalid, () => catalogue.PublishAsync(
                Template("organs"), new Dictionary<string, ReadOnlyMemory<byte>> { [file] = Bytes("x") }, Token));
        }

        await ThrowsAsync(ErrorKind.Invalid, () => catalogue.PublishAsync(
            Template("organs"), new Dictionary<string, ReadOnlyMemory<byte>>(), Token));
    }

    private static Task<ModelDocument> PublishAsync(ModelCatalogue catalogue, string model, string content) =>
        catalogue.PublishAsync(
            Template(model),
            new Dictionary<string, ReadOnlyMemory<byte>>
            {
                ["model.onnx"] = Bytes(content),
                ["parity.json"] = Bytes("{}"),
            },
            Token);

    private static ModelDocument Template(string model) => new()
    {
        Model = model,
        Architecture = "organsegnet",
        LabelSchema = LabelSchema.Abdomen,
        Preprocessing = new PreprocessingRecipe(),
        Dataset = "ct@1",
        TrainingCases = ["case1", "case2"],
        Metrics = new Dictionary<string, double> { ["f1"] = 0.9 },
        Specification = JsonSerializer.SerializeToElement(new { width = 16 }),
    };

    /// <summary>A real store whose caller gives up right after a certain blob was written.</summary>
    private sealed class CancelAfterWrite(IObjectStore inner, string file, CancellationTokenSource cancel) : IObjectStore
    {
        public string Identity => inner.Identity;

        public Task<StoredObject?> FindAsync(string container, string name, CancellationToken cancellationToken) =>
            inner.FindAsync(container, name, cancellationToken);

        public Task<Stream> OpenReadAsync(
            string container, string name, long offset, long? length, CancellationToken cancellationToken) =>
            inner.OpenReadAsync(container, name, offset, length, cancellationToken);

        public async Task<StoredObject> WriteAsync(
            string container, string name, Stream content, WriteCondition condition, CancellationToken cancellationToken)
        {
            StoredObject written = await inner.WriteAsync(container, name, content, condition, cancellationToken);
            if (name.EndsWith(file, StringComparison.Ordinal))
            {
                await cancel.CancelAsync();
            }

            return written;
        }

        public IAsyncEnumerable<StoredObject> ListAsync(
            string container, string prefix, CancellationToken cancellationToken) =>
            inner.ListAsync(container, prefix, cancellationToken);

        public IAsyncEnumerable<string> ListFoldersAsync(
            string container, string folder, CancellationToken cancellationToken) =>
            inner.ListFoldersAsync(container, folder, cancellationToken);

        public Task DeleteAsync(string container, string name, CancellationToken cancellationToken) =>
            inner.DeleteAsync(container, name, cancellationToken);
    }
}
