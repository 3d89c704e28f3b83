using System.Text.Json.Nodes;
using OrganSeg.Imaging;
using OrganSeg.Testing;

namespace OrganSeg.Storage.Tests;

/// <summary>How an alias's document holds its canary and shadow.</summary>
public sealed class ModelRolloutTests(AzuriteServer azurite) : StoreTests(azurite)
{
    private const string Blob = "aliases/production.json";

    [Theory, MemberData(nameof(Stores))]
    public async Task Resolve_AliasWrittenBeforeThereWereRollouts_HasNone(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        ModelCatalogue catalogue = await NewCatalogueAsync(store);
        const string Old = """
            {"schema":1,"alias":"production","model":"organs","version":"1","movedAt":"2025-01-02T03:04:05Z"}
            """;
        await store.WriteBytesAsync("models", Blob, Bytes(Old), WriteCondition.Any, Token);

        (ModelDocument model, ModelAlias? alias) = await catalogue.ResolveWithAliasAsync("production", Token);

        Assert.Equal("organs@1", model.Reference);
        Assert.Equal((null, null), (alias!.Canary, alias.Shadow));
        Assert.Equal(0.5, (await catalogue.SetCanaryAsync("production", new ModelRollout("organs", "2", 0.5), Token)).Canary!.Share);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task SetCanary_Document_HasItsFieldsAndOmitsWhatThereIsNot(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        ModelCatalogue catalogue = await NewCatalogueAsync(store);
        await catalogue.PromoteAsync("production", "organs@1", Token);

        await catalogue.SetCanaryAsync("production", new ModelRollout("organs", "2", 0.25), Token);

        JsonObject document = JsonNode.Parse(await store.ReadAllAsync("models", Blob, null, Token))!.AsObject();
        Assert.Equal("""{"model":"organs","version":"2","share":0.25}""", document["canary"]!.ToJsonString());
        Assert.False(document.ContainsKey("shadow"));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task SetCanaryAndShadow_AtTheSameTime_NeitherIsLost(StoreKind kind)
    {
        ModelCatalogue catalogue = await NewCatalogueAsync(await NewStoreAsync(kind));
        await catalogue.PromoteAsync("production", "organs@1", Token);
        ModelRollout canary = new("organs", "2", 0.25), shadow = new("organs", "3", 1);

        await Task.WhenAll(
            catalogue.SetCanaryAsync("production", canary, Token), catalogue.SetShadowAsync("production", shadow, Token));

        ModelAlias alias = (await catalogue.ResolveWithAliasAsync("production", Token)).Alias!;
        Assert.Equal((canary, shadow), (alias.Canary, alias.Shadow));
        // Promoting what it names already is no promotion.
        Assert.Equal(alias, await catalogue.PromoteAsync("production", "organs@1", Token));
    }

    private static async Task<ModelCatalogue> NewCatalogueAsync(IObjectStore store)
    {
        var catalogue = new ModelCatalogue(store, TimeProvider.System);
        for (int i = 0; i < 3; i++)
        {
            await catalogue.PublishAsync(
                new ModelDocument
                {
                    Model = "organs",
                    Architecture = "organsegnet",
                    LabelSchema = LabelSchema.Abdomen,
                    Preprocessing = new PreprocessingRecipe(),
                },
                new Dictionary<string, ReadOnlyMemory<byte>> { ["model.onnx"] = Bytes($"{i}") },
                Token);
        }

        return catalogue;
    }
}
