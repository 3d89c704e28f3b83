using OrganSeg.Imaging;
using OrganSeg.Testing;

namespace OrganSeg.Storage.Tests;

/// <summary>Model versions that go from one store to another.</summary>
public sealed class ModelTransferTests(AzuriteServer azurite) : StoreTests(azurite)
{
    [Theory, MemberData(nameof(Stores))]
    public async Task Take_Version_IsTheSameToTheByteAndOnlyOnce(StoreKind kind)
    {
        (IObjectStore from, IObjectStore to) = (await NewStoreAsync(StoreKind.Folder), await NewStoreAsync(kind));
        (ModelCatalogue source, ModelCatalogue target) = (Open(from), Open(to));
        ModelDocument model = await PublishAsync(source, "first");

        Assert.True(await target.TakeAsync(source, model, Token));
        Assert.False(await target.TakeAsync(source, model, Token));

        foreach (string file in new[] { "model.json", "model.onnx", "notes.txt", "card.md" })
        {
            string blob = $"organs/1/{file}";
            Assert.Equal(await from.ReadAllAsync("models", blob, null, Token), await to.ReadAllAsync("models", blob, null, Token));
        }

        Assert.Equal(model.Digest, (await target.ResolveAsync("organs", Token)).Digest);
        Assert.Equal("organs@2", (await PublishAsync(target, "second")).Reference);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Take_ManyTogether_OneWritesAndAllSeeIt(StoreKind kind)
    {
        IObjectStore to = await NewStoreAsync(kind);
        ModelCatalogue source = Open(await NewStoreAsync(StoreKind.Folder));
        ModelDocument model = await PublishAsync(source, "first");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Open(to).TakeAsync(source, model, Token)));
        bool[] added = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Open(to).AddAliasAsync("production", model, Token)));

        Assert.Single(added, one => one);
        ModelDocument taken = await Open(to).ResolveAsync("production", Token);
        Assert.Equal(model.Digest, taken.Digest);
        Assert.Equal(Bytes("first"), await Open(to).ReadFileAsync(taken, "model.onnx", Token));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Take_CutOffBetweenFiles_IsNotSeenAndGoesOn(StoreKind kind)
    {
        (IObjectStore from, IObjectStore to) = (await NewStoreAsync(StoreKind.Folder), await NewStoreAsync(kind));
        (ModelCatalogue source, ModelCatalogue target) = (Open(from), Open(to));
        ModelDocument model = await PublishAsync(source, "first");
        byte[] onnx = await from.ReadAllAsync("models", "organs/1/model.onnx", null, Token);

        // As a process leaves it that is killed after the first file.
        await to.WriteBytesAsync("models", "organs/1/reserved", Bytes(model.Digest), WriteCondition.IfAbsent, Token);
        await to.WriteBytesAsync("models", "organs/1/model.onnx", onnx, WriteCondition.IfAbsent, Token);
        await ThrowsAsync(ErrorKind.Missing, () => target.ResolveAsync("organs", Token));

        Assert.True(await target.TakeAsync(source, model, Token));
        Assert.Equal(model.Digest, (await target.ResolveAsync("organs", Token)).Digest);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Take_NumberOfAnotherModel_ExistsAndChangesNothing(StoreKind kind)
    {
        IObjectStore to = await NewStoreAsync(kind);
        (ModelCatalogue source, ModelCatalogue target) = (Open(await NewStoreAsync(StoreKind.Folder)), Open(to));
        ModelDocument theirs = await PublishAsync(source, "theirs");
        await PublishAsync(target, "ours");
        await to.WriteBytesAsync("models", "organs/2/reserved", Bytes(""), WriteCondition.IfAbsent, Token);

        OrganSegException error = await ThrowsAsync(ErrorKind.Exists, () => target.TakeAsync(source, theirs, Token));

        Assert.Contains("organs@1 is another model", error.Message, StringComparison.Ordinal);
        Assert.Equal(Bytes("ours"), await target.ReadFileAsync(await target.ResolveAsync("organs@1", Token), "model.onnx", Token));

        // A number that somebody is publishing under is taken as well.
        ModelDocument second = await PublishAsync(source, "theirs too");
        await ThrowsAsync(ErrorKind.Exists, () => target.TakeAsync(source, second, Token));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Take_ChangedFile_IsCorruptAndNotSeen(StoreKind kind)
    {
        IObjectStore from = await NewStoreAsync(StoreKind.Folder);
        (ModelCatalogue source, ModelCatalogue target) = (Open(from), Open(await NewStoreAsync(kind)));
        ModelDocument model = await PublishAsync(source, "first");
        await from.WriteBytesAsync("models", "organs/1/model.onnx", Bytes("f1rst"), WriteCondition.Any, Token);

        OrganSegException error = await ThrowsAsync(ErrorKind.Corrupt, () => target.TakeAsync(source, model, Token));

        Assert.Contains("organs/1/model.onnx", error.Message, StringComparison.Ordinal);
        await ThrowsAsync(ErrorKind.Missing, () => target.ResolveAsync("organs", Token));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task PublishCopy_LessAndNotice_IsAVersionOfItsOwnWithTheEvaluation(StoreKind kind)
    {
        (ModelCatalogue source, ModelCatalogue target) = (Open(await NewStoreAsync(StoreKind.Folder)), Open(await NewStoreAsync(kind)));
        ModelDocument model = await PublishAsync(source, "first");
        await source.RecordEvaluationAsync(model, ModelCardTests.Evaluation(1), Token);

        ModelDocument copy = await target.PublishCopyAsync(
            source, model, new ModelCopyChanges { Name = "toys", LeftOut = ["notes.txt"], Notice = "Images: Toy, CC BY 4.0." }, Token);

        Assert.Equal("toys@1", copy.Reference);
        Assert.NotEqual(model.Digest, copy.Digest);
        Assert.Equal(["model.onnx"], copy.Files.Keys);
        string card = await target.ReadCardAsync(copy, Token);
        Assert.Contains("Toy, CC BY 4.0", card, StringComparison.Ordinal);
        Assert.Contains(ModelCardTests.Evaluation(1).ReportId, card, StringComparison.Ordinal);
        OrganSegException error = await ThrowsAsync(
            ErrorKind.Missing, () => target.PublishCopyAsync(source, model, new ModelCopyChanges { LeftOut = ["weights"] }, Token));
        Assert.Contains("no file weights to leave out", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.onnx", true)]
    [InlineData("model.onnx,model.int8-reduced.onnx", true)]
    [InlineData("model.onnx,model.int8.onnx,model.int8-reduced.onnx", false)]
    public async Task PublishCopy_WithoutTheFloatModel_NeedsAnotherFormToRun(string leftOut, bool isRunnable)
    {
        ModelCatalogue catalogue = Open(await NewStoreAsync(StoreKind.Folder));
        ModelDocument model = await catalogue.PublishAsync(
            Document,
            new[] { "model.onnx", "model.int8.onnx", "model.int8-reduced.onnx" }.ToDictionary(file => file, file => (ReadOnlyMemory<byte>)Bytes(file)),
            Token);
        Task<ModelDocument> CopyAsync() => catalogue.PublishCopyAsync(
            catalogue, model, new ModelCopyChanges { Name = "small", LeftOut = leftOut.Split(',') }, Token);

        if (isRunnable)
        {
            Assert.DoesNotContain("model.onnx", (await CopyAsync()).Files.Keys);
        }
        else
        {
            OrganSegException error = await ThrowsAsync(ErrorKind.Invalid, CopyAsync);
            Assert.Equal("leave-out", Assert.Single(error.Violations).Field);
        }
    }

    private static ModelDocument Document => new()
    {
        Model = "organs",
        Architecture = "organsegnet",
        LabelSchema = LabelSchema.Abdomen,
        Preprocessing = new PreprocessingRecipe(),
    };

    private static ModelCatalogue Open(IObjectStore store) => new(store, TimeProvider.System);

    private static Task<ModelDocument> PublishAsync(ModelCatalogue catalogue, string content) => catalogue.PublishAsync(
        Document,
        new Dictionary<string, ReadOnlyMemory<byte>> { ["model.onnx"] = Bytes(content), ["notes.txt"] = Bytes("as it is") },
        Token);
}
