using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using OrganSeg.Imaging;
using OrganSeg.Testing;

namespace OrganSeg.Storage.Tests;

/// <summary>Backup, restore and check of whole stores.</summary>
public sealed class StoreCopyTests(AzuriteServer azurite) : StoreTests(azurite)
{
    private const int Size = 16;

    private static readonly string[] Containers = ["datasets", "models", "runs", "reports", "imports"];
    private static readonly DatasetSplit Split = new() { Policy = "patient", Leaky = false, Seed = 7 };

    [Theory, MemberData(nameof(Stores))]
    public async Task Restore_BackupOntoEmptyStore_IsTheSameToTheByteAndRollsBack(StoreKind kind)
    {
        (IObjectStore first, IObjectStore backup, IObjectStore second) =
            (await NewStoreAsync(kind), await NewStoreAsync(StoreKind.Folder), await NewStoreAsync(kind));
        await FillAsync(first);
        // Begun and never sealed: in no copy.
        await first.WriteBytesAsync("models", "organs/9/model.onnx", Bytes("half"), WriteCondition.IfAbsent, Token);

        StoreCopyResult saved = await new StoreCopy(first, backup).RunAsync(onlyIntoOwn: false, Token);
        StoreCopyResult restored = await new StoreCopy(backup, second).RunAsync(onlyIntoOwn: true, Token);

        await first.DeleteAsync("models", "organs/9/model.onnx", Token);
        Assert.Equal(await ContentAsync(first), await ContentAsync(second));
        Assert.Equal(saved, restored);
        Assert.Equal(7, restored.Things);
        StoreCheckResult check = await new StoreCheck(second).RunAsync(Token);
        Assert.Equal((7, 7), (check.Things, check.Blobs));
        Assert.Empty(check.Problems);

        // What was restored goes on working: the alias still knows what it named before.
        var models = new ModelCatalogue(second, TimeProvider.System);
        Assert.Equal("organs@2", (await models.ResolveAsync("production", Token)).Reference);
        await models.RollBackAsync("production", Token);
        ModelDocument back = await models.ResolveAsync("production", Token);
        Assert.Equal("organs@1", back.Reference);
        Assert.Equal(Bytes("first"), await models.ReadFileAsync(back, "model.onnx", Token));
        Assert.Equal("organs@3", (await PublishAsync(models, "third")).Reference);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Backup_Again_TakesOverWhatIsNewOrHasChanged(StoreKind kind)
    {
        (IObjectStore store, IObjectStore backup) = (await NewStoreAsync(kind), await NewStoreAsync(kind));
        await FillAsync(store);
        await new StoreCopy(store, backup).RunAsync(onlyIntoOwn: false, Token);

        var models = new ModelCatalogue(store, TimeProvider.System);
        await PublishAsync(models, "third");
        await models.PromoteAsync("production", "organs@3", Token);
        var runs = new RunCatalogue(store, TimeProvider.System);
        RunDocument run = await runs.ListAsync(Token).FirstAsync(Token);
        await runs.WriteCheckpointAsync(run.RunId, "state.bin", Bytes("later"), one => one, Token);
        await new StoreCopy(store, backup).RunAsync(onlyIntoOwn: false, Token);

        Assert.Equal(await ContentAsync(store), await ContentAsync(backup));
        // Nothing but runs and cards is looked at twice.
        StoreCopyResult third = await new StoreCopy(store, backup).RunAsync(onlyIntoOwn: false, Token);
        Assert.InRange(third.Copied, 0, 6);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Restore_CutOffBetweenBlobs_ShowsNothingHalfAndGoesOn(StoreKind kind)
    {
        (IObjectStore backup, IObjectStore store) = (await NewStoreAsync(StoreKind.Folder), await NewStoreAsync(kind));
        await FillAsync(backup);
        byte[] shard = await backup.ReadAllAsync("datasets", "ct/1/shards/case1.tar", null, Token);
        // As a killed process leaves it, and as a network leaves it that broke off in the middle of a blob of a store without
        // whole writes.
        await store.WriteBytesAsync("datasets", "ct/1/shards/case1.tar", shard, WriteCondition.Any, Token);
        await store.WriteBytesAsync("models", "organs/1/model.onnx", Bytes("f"), WriteCondition.Any, Token);
        Assert.Empty(await new DatasetCatalogue(store, TimeProvider.System).ListAsync(Token).ToListAsync(Token));

        await new StoreCopy(backup, store).RunAsync(onlyIntoOwn: true, Token);

        Assert.Equal(await ContentAsync(backup), await ContentAsync(store));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Restore_StoreHasSomethingElse_IsRefusedAndChangesNothing(StoreKind kind)
    {
        (IObjectStore backup, IObjectStore store) = (await NewStoreAsync(StoreKind.Folder), await NewStoreAsync(kind));
        await FillAsync(backup);
        await PublishAsync(new ModelCatalogue(store, TimeProvider.System), "another");
        SortedDictionary<string, string> before = await ContentAsync(store);

        OrganSegException error = await ThrowsAsync(
            ErrorKind.Exists, () => new StoreCopy(backup, store).RunAsync(onlyIntoOwn: true, Token));

        Assert.Contains("models/organs/1/model.json", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await ContentAsync(store));
    }

    [Theory]
    [InlineData("models", "organs/1/model.onnx")]
    [InlineData("datasets", "ct/1/shards/case1.tar")]
    [InlineData("reports", "r1/report.html")]
    public async Task BackupAndCheck_BlobChanged_NameIt(string container, string blob)
    {
        (IObjectStore store, IObjectStore backup) = (await NewStoreAsync(StoreKind.Folder), await NewStoreAsync(StoreKind.Folder));
        await FillAsync(store);
        byte[] content = await store.ReadAllAsync(container, blob, null, Token);
        content[^1] ^= 1;
        await store.WriteBytesAsync(container, blob, content, WriteCondition.Any, Token);

        StoreCheckResult check = await new StoreCheck(store).RunAsync(Token);
        OrganSegException error = await ThrowsAsync(
            ErrorKind.Corrupt, () => new StoreCopy(store, backup).RunAsync(onlyIntoOwn: false, Token));

        Assert.Equal([$"{container}/{blob} does not match its SHA-256."], check.Problems);
        Assert.Contains($"{container}/{blob}", error.Message, StringComparison.Ordinal);
        string folder = blob[..blob.LastIndexOf('/')].Replace("/shards", "", StringComparison.Ordinal);
        Assert.Null(await backup.FindAsync(container, $"{folder}/{Document(container)}", Token));
    }

    [Fact]
    public async Task Check_BlobGoneAndAliasAstray_NamesBoth()
    {
        IObjectStore store = await NewStoreAsync(StoreKind.Folder);
        await FillAsync(store);
        await store.DeleteAsync("models", "organs/2/model.onnx", Token);
        JsonObject alias = JsonNode.Parse(await store.ReadAllAsync("models", "aliases/production.json", null, Token))!.AsObject();
        alias["version"] = "7";
        await store.WriteBytesAsync("models", "aliases/production.json", Bytes(alias.ToJsonString()), WriteCondition.Any, Token);

        StoreCheckResult check = await new StoreCheck(store).RunAsync(Token);

        Assert.Equal(
        [
            "models/organs/2/model.onnx is named by its document but gone.",
            "models/aliases/production.json names organs@7, which is not there.",
        ], check.Problems);
    }

    [Fact]
    public async Task Backup_BlobOfTheCopyDamagedAtEqualLength_IsWrittenAnew()
    {
        (IObjectStore store, IObjectStore backup) = (await NewStoreAsync(StoreKind.Folder), await NewStoreAsync(StoreKind.Folder));
        await FillAsync(store);
        await new StoreCopy(store, backup).RunAsync(onlyIntoOwn: false, Token);
        await backup.WriteBytesAsync("models", "organs/1/model.onnx", Bytes("fIrst"), WriteCondition.Any, Token);

        await new StoreCopy(store, backup).RunAsync(onlyIntoOwn: false, Token);

        Assert.Equal(await ContentAsync(store), await ContentAsync(backup));
    }

    [Fact]
    public async Task Restore_AliasNamesSomethingElseThere_IsRefused()
    {
        (IObjectStore backup, IObjectStore store) = (await NewStoreAsync(StoreKind.Folder), await NewStoreAsync(StoreKind.Folder));
        await FillAsync(backup);
        await new StoreCopy(backup, store).RunAsync(onlyIntoOwn: true, Token);
        await new ModelCatalogue(store, TimeProvider.System).PromoteAsync("production", "organs@1", Token);

        OrganSegException error = await ThrowsAsync(
            ErrorKind.Exists, () => new StoreCopy(backup, store).RunAsync(onlyIntoOwn: true, Token));

        Assert.Contains("models/aliases/production.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_DocumentOfARunDamaged_NamesItAndGoesOn()
    {
        IObjectStore store = await NewStoreAsync(StoreKind.Folder);
        await FillAsync(store);
        RunDocument run = await new RunCatalogue(store, TimeProvider.System).ListAsync(Token).FirstAsync(Token);
        JsonObject json = JsonNode.Parse(await store.ReadAllAsync("runs", $"{run.RunId}/run.json", null, Token))!.AsObject();
        json["checkpoints"]!["state.bin"]!["sha256"] = "12";
        await store.WriteBytesAsync("runs", $"{run.RunId}/run.json", Bytes(json.ToJsonString()), WriteCondition.Any, Token);

        StoreCheckResult check = await new StoreCheck(store).RunAsync(Token);

        Assert.Contains($"runs/{run.RunId}/run.json", Assert.Single(check.Problems), StringComparison.Ordinal);
        Assert.Equal(7, check.Things);
    }

    [Fact]
    public async Task Check_CheckpointReplacedMeanwhile_FindsNothingWrong()
    {
        IObjectStore store = await NewStoreAsync(StoreKind.Folder);
        await FillAsync(store);
        var runs = new RunCatalogue(store, TimeProvider.System);
        RunDocument run = await runs.ListAsync(Token).FirstAsync(Token);
        bool isReplaced = false;
        var busy = new BusyStore(store, () => Task.CompletedTask)
        {
            OnReading = async name =>
            {
                // Between the run's document and its checkpoint.
                if (!isReplaced && name.EndsWith("state.bin", StringComparison.Ordinal))
                {
                    isReplaced = true;
                    await runs.WriteCheckpointAsync(run.RunId, "state.bin", Bytes("later"), one => one, Token);
                }
            },
        };

        StoreCheckResult check = await new StoreCheck(busy).RunAsync(Token);

        Assert.True(isReplaced);
        Assert.Empty(check.Problems);
    }

    [Fact]
    public async Task Backup_OntoItself_IsRefused()
    {
        IObjectStore store = await NewStoreAsync(StoreKind.Folder);

        await ThrowsAsync(ErrorKind.Invalid, () => new StoreCopy(store, store).RunAsync(onlyIntoOwn: false, Token));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Backup_CheckpointReplacedMeanwhile_HoldsTheOneThatTheRunNames(StoreKind kind)
    {
        (IObjectStore store, IObjectStore backup) = (await NewStoreAsync(kind), await NewStoreAsync(StoreKind.Folder));
        await FillAsync(store);
        var runs = new RunCatalogue(store, TimeProvider.System);
        RunDocument run = await runs.ListAsync(Token).FirstAsync(Token);
        int times = 0;
        var busy = new BusyStore(store, async () =>
        {
            // Between the run's document and its blobs.
            times++;
            await runs.WriteCheckpointAsync(run.RunId, "state.bin", Pattern(1000 + times, times), one => one, Token);
        });

        await new StoreCopy(busy, backup).RunAsync(onlyIntoOwn: false, Token);

        var copies = new RunCatalogue(backup, TimeProvider.System);
        RunDocument copy = await copies.GetAsync(run.RunId, Token);
        // The first look found the checkpoint gone that the document named; at the second it was in the copy already.
        Assert.Equal(2, times);
        Assert.Equal(Pattern(1001, 1), await copies.ReadCheckpointAsync(copy, "state.bin", Token));
        Assert.Empty((await new StoreCheck(backup).RunAsync(Token)).Problems);
    }

    private static string Document(string container) => container switch
    {
        "models" => "model.json",
        "datasets" => "manifest.json",
        _ => "report.json",
    };

    /// <summary>Two versions of a model, of which an alias names the second, a dataset, a run and a report.</summary>
    private static async Task FillAsync(IObjectStore store)
    {
        var models = new ModelCatalogue(store, TimeProvider.System);
        await PublishAsync(models, "first");
        await models.PromoteAsync("production", "organs@1", Token);
        await PublishAsync(models, "second");
        await models.PromoteAsync("production", "organs@2", Token);

        await using (DatasetWriter writer = await new DatasetCatalogue(store, TimeProvider.System).BeginAsync(
            "ct", Size, LabelSchema.Abdomen, new PreprocessingRecipe { Size = Size }, Split, null, Token))
        {
            foreach (string name in new[] { "case1", "case2" })
            {
                await writer.AddCaseAsync(
                    name,
                    [new CaseSlice($"{name}_slice0", "train", Size, Size, false, new ByteImage(Size, Size), new ByteImage(Size, Size))],
                    Token);
            }

            await writer.SealAsync(Token);
        }

        var runs = new RunCatalogue(store, TimeProvider.System);
        string run = (await runs.CreateAsync(JsonSerializer.SerializeToElement(new { epochs = 3 }), null, Token)).RunId;
        await runs.WriteCheckpointAsync(run, "state.bin", Pattern(1000), one => one, Token);
        await runs.WriteMetricsAsync(run, Bytes("{}\n"), Token);
        await new ImportLog(store, TimeProvider.System).BeginAsync(new ImportRecord { Dataset = "ct", User = "jo" }, Token);
        await new ReportCatalogue(store).PublishAsync(
            "r1",
            new Dictionary<string, ReadOnlyMemory<byte>> { ["report.json"] = Bytes("{}"), ["report.html"] = Bytes("<p>") },
            Token);
    }

    private static Task<ModelDocument> PublishAsync(ModelCatalogue catalogue, string content) => catalogue.PublishAsync(
        new ModelDocument
        {
            Model = "organs",
            Architecture = "organsegnet",
            LabelSchema = LabelSchema.Abdomen,
            Preprocessing = new PreprocessingRecipe(),
        },
        new Dictionary<string, ReadOnlyMemory<byte>> { ["model.onnx"] = Bytes(content) },
        Token);

    private static async Task<SortedDictionary<string, string>> ContentAsync(IObjectStore store)
    {
        var content = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string container in Containers)
        {
            await foreach (StoredObject blob in store.ListAsync(container, "", Token))
            {
                content[$"{container}/{blob.Name}"] = Convert.ToHexString(await store.ReadAllAsync(container, blob.Name, null, Token));
            }
        }

        return content;
    }

    /// <summary>A store in which something happens whenever the blobs of a run are listed, or a blob is opened.</summary>
    private sealed class BusyStore(IObjectStore store, Func<Task> onListing) : IObjectStore
    {
        public Func<string, Task> OnReading { get; init; } = _ => Task.CompletedTask;

        public string Identity => store.Identity;

        public Task<StoredObject?> FindAsync(string container, string name, CancellationToken cancellationToken) =>
            store.FindAsync(container, name, cancellationToken);

        public async Task<Stream> OpenReadAsync(
            string container, string name, long offset, long? length, CancellationToken cancellationToken)
        {
            await OnReading(name);
            return await store.OpenReadAsync(container, name, offset, length, cancellationToken);
        }

        public Task<StoredObject> WriteAsync(
            string container, string name, Stream content, WriteCondition condition, CancellationToken cancellationToken) =>
            store.WriteAsync(container, name, content, condition, cancellationToken);

        public async IAsyncEnumerable<StoredObject> ListAsync(
            string container, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            if (container == "runs")
            {
                await onListing();
            }

            await foreach (StoredObject blob in store.ListAsync(container, prefix, cancellationToken))
            {
                yield return blob;
            }
        }

        public IAsyncEnumerable<string> ListFoldersAsync(string container, string folder, CancellationToken cancellationToken) =>
            store.ListFoldersAsync(container, folder, cancellationToken);

        public Task DeleteAsync(string container, string name, CancellationToken cancellationToken) =>
            store.DeleteAsync(container, name, cancellationToken);
    }
}
