using System.Text;
using System.Text.Json;
using OrganSeg.Imaging;
using OrganSeg.Testing;

namespace OrganSeg.Storage.Tests;

/// <summary>The cards beside sealed model versions.</summary>
public sealed class ModelCardTests(AzuriteServer azurite) : StoreTests(azurite)
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory, MemberData(nameof(Stores))]
    public async Task Publish_Model_HasACardWithoutEvaluation(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        var catalogue = new ModelCatalogue(store, TimeProvider.System);
        DatasetManifest dataset = await SealAsync(new DatasetCatalogue(store, TimeProvider.System));

        ModelDocument model = await PublishAsync(catalogue, dataset);

        string card = Encoding.UTF8.GetString(await store.ReadAllAsync("models", "organs/1/card.md", null, Token));
        Assert.Equal(card, await catalogue.ReadCardAsync(model, Token));
        Assert.StartsWith("# Model card: organs@1\n", card, StringComparison.Ordinal);
        Assert.Equal(
            ["Model details", "Intended use", "Training data", "Evaluation", "Limits", "Certificates", "How to cite and reproduce"],
            card.Split('\n').Where(line => line.StartsWith("## ", StringComparison.Ordinal)).Select(line => line[3..]));
        Assert.Contains("Not evaluated yet.", card, StringComparison.Ordinal);
        Assert.Contains("not for clinical use", card, StringComparison.Ordinal);
        Assert.Contains($"| Digest | `{model.Digest}` |", card, StringComparison.Ordinal);
        Assert.Contains("| width | 16 |", card, StringComparison.Ordinal);
        Assert.Contains("| Cases learned from | 2 |", card, StringComparison.Ordinal);
        Assert.Contains("| Split | by patient |", card, StringComparison.Ordinal);
        Assert.Contains("| Slices to learn from | 1 |", card, StringComparison.Ordinal);
        Assert.Contains("**Parity:** passed. Exported and trained network agree on 99.99 % of 1000 pixels of 2 slices", card, StringComparison.Ordinal);
        Assert.DoesNotContain("card.md", string.Join(' ', model.Files.Keys), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task RecordEvaluation_MoreThanTen_TellsTheLatestAndListsTen(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        var catalogue = new ModelCatalogue(store, TimeProvider.System);
        ModelDocument model = await PublishAsync(catalogue, null);
        for (int i = 0; i < 12; i++)
        {
            await catalogue.RecordEvaluationAsync(model, Evaluation(i), Token);
        }

        // One that is written again takes its own place.
        await catalogue.RecordEvaluationAsync(model, Evaluation(11), Token);

        string card = await catalogue.ReadCardAsync(model, Token);
        Assert.Equal(
            Enumerable.Range(2, 10).Reverse().Select(i => $"| report-{i:00} |"),
            card.Split('\n').Where(line => line.StartsWith("| report-", StringComparison.Ordinal)).Select(line => line[..13]));
        Assert.Contains("| liver | 0.9000 | 0.8000 | 0.8471 | 0.7000 … 0.9500 | 0.8400 | – |", card, StringComparison.Ordinal);
        Assert.Contains("**Warning.** The 11th warning", card, StringComparison.Ordinal);
        Assert.DoesNotContain("The 10th warning", card, StringComparison.Ordinal);
        Assert.Contains("do not show pancreas", card, StringComparison.Ordinal);
        Assert.Contains("liver from 12.5 HU on, pancreas not up to 40 HU.", card, StringComparison.Ordinal);
        Assert.Equal(StoredJson.Serialize(model), StoredJson.Serialize(await catalogue.ResolveAsync("organs@1", Token)));
        Assert.Equal(Bytes("content"), await catalogue.ReadFileAsync(model, "model.onnx", Token));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task RecordEvaluation_ManyAtOnce_NoneIsLost(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        var catalogue = new ModelCatalogue(store, TimeProvider.System);
        ModelDocument model = await PublishAsync(catalogue, null);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            new ModelCatalogue(store, TimeProvider.System).RecordEvaluationAsync(model, Evaluation(i), Token)));

        string card = await catalogue.ReadCardAsync(model, Token);
        Assert.Equal(8, card.Split('\n').Count(line => line.StartsWith("| report-", StringComparison.Ordinal)));
        Assert.Contains("The 7th warning", card, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task ReadCard_OfAVersionWithoutOne_IsMadeAnew(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        var catalogue = new ModelCatalogue(store, TimeProvider.System);
        ModelDocument model = await PublishAsync(catalogue, null);
        string first = await catalogue.ReadCardAsync(model, Token);
        await store.DeleteAsync("models", "organs/1/card.md", Token);

        Assert.Equal(first, await catalogue.ReadCardAsync(model, Token));
        await catalogue.RecordEvaluationAsync(model, Evaluation(3), Token);
        Assert.Contains("| report-03 |", await catalogue.ReadCardAsync(model, Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("# Mine\n")]
    [InlineData("<!-- evaluations {\"schema\":1,\"history\":7} -->\n")]
    [InlineData("<!-- evaluations {")]
    public async Task RecordEvaluation_CardChangedByHand_IsReplacedWhole(string changed)
    {
        IObjectStore store = await NewStoreAsync(StoreKind.Folder);
        var catalogue = new ModelCatalogue(store, TimeProvider.System);
        ModelDocument model = await PublishAsync(catalogue, null);
        await store.WriteBytesAsync("models", "organs/1/card.md", Bytes(changed), WriteCondition.Any, Token);

        await catalogue.RecordEvaluationAsync(model, Evaluation(1), Token);

        string card = await catalogue.ReadCardAsync(model, Token);
        Assert.StartsWith("# Model card: organs@1\n", card, StringComparison.Ordinal);
        Assert.Single(card.Split('\n'), line => line.StartsWith("| report-", StringComparison.Ordinal));
    }

    // Names that would be markup, end a table's cell, or end the comment that holds the history.
    [Fact]
    public async Task RecordEvaluation_HostileNames_StayTextAndAreRemembered()
    {
        IObjectStore store = await NewStoreAsync(StoreKind.Folder);
        var catalogue = new ModelCatalogue(store, TimeProvider.System);
        ModelDocument model = await PublishAsync(catalogue, null);
        const string Hostile = "a|b --> <script> *x* --\n# head";

        await catalogue.RecordEvaluationAsync(model, Evaluation(1) with { Split = Hostile }, Token);
        await catalogue.RecordEvaluationAsync(model, Evaluation(2), Token);

        string card = await catalogue.ReadCardAsync(model, Token);
        Assert.Contains("| a\\|b --\\> \\<script\\> \\*x\\* -- \\# head |", card, StringComparison.Ordinal);
        Assert.Single(card.Split("-->")[..^1]);
        Assert.EndsWith(" -->\n", card, StringComparison.Ordinal);
        Assert.DoesNotContain("\n# head", card, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Publish_NameOfTheCard_IsTaken(StoreKind kind)
    {
        var catalogue = new ModelCatalogue(await NewStoreAsync(kind), TimeProvider.System);

        await ThrowsAsync(ErrorKind.Invalid, () => catalogue.PublishAsync(
            Template(null), new Dictionary<string, ReadOnlyMemory<byte>> { ["card.md"] = Bytes("x") }, Token));
    }

    [Theory]
    [InlineData("case0005_slice1", "case0005\\_slice1")]
    [InlineData("a|b`c\\d", "a\\|b\\`c\\\\d")]
    [InlineData("[x](https://y)", "\\[x\\](https\\://y)")]
    [InlineData("two\r\nlines", "two  lines")]
    [InlineData(null, "")]
    public void Escape_Text_HoldsNoMarkup(string? text, string expected) => Assert.Equal(expected, MarkdownText.Escape(text));

    [Theory]
    [InlineData("abc", "`abc`")]
    [InlineData("a`b``c", "```a`b``c```")]
    [InlineData("`a", "`` `a ``")]
    [InlineData("a|b", "`a\\|b`")]
    public void Code_Text_IsShownAsItIs(string text, string expected) => Assert.Equal(expected, MarkdownText.Code(text));

    [Fact]
    public void Table_RowOfOtherLength_Throws() =>
        Assert.Throws<ArgumentException>(() => MarkdownText.Table(["a", "b"], [["1"]]));

    internal static ModelEvaluation Evaluation(int index) => new()
    {
        ReportId = $"report-{index:00}",
        EvaluatedAt = Start.AddHours(index),
        Software = "OrganSeg.Evaluator 1",
        Dataset = "toy@1",
        DatasetDigest = new string('d', 64),
        Split = "test",
        SplitPolicy = "patient",
        Leaky = false,
        Slices = 20,
        Patients = 4,
        Variant = "float32",
        MeanF1 = 0.8471,
        Organs =
        [
            new OrganEvaluation("liver", 500, 0.9, 0.8, 0.8471, 0.7, 0.95, 0.84),
            new OrganEvaluation("pancreas", 0),
        ],
        Warnings = [new EvaluationWarning(true, $"The {index}th warning")],
        KeptShare = 0.9,
        Robustness =
        [
            new RobustnessLimit("gaussian-noise", "HU", "liver", 40, 12.5), new RobustnessLimit("gaussian-noise", "HU", "pancreas", 40),
        ],
    };

    private static ModelDocument Template(DatasetManifest? dataset) => new()
    {
        Model = "organs",
        Architecture = "unet",
        LabelSchema = LabelSchema.Abdomen,
        Preprocessing = new PreprocessingRecipe { Size = 32, WindowLowHu = -125, WindowHighHu = 275 },
        Dataset = dataset?.Reference,
        DatasetDigest = dataset?.Digest,
        TrainingCases = ["anna", "bert"],
        Specification = JsonSerializer.SerializeToElement(new { width = 16 }),
        GitCommit = "abc123",
    };

    private static Task<ModelDocument> PublishAsync(ModelCatalogue catalogue, DatasetManifest? dataset) => catalogue.PublishAsync(
        Template(dataset),
        new Dictionary<string, ReadOnlyMemory<byte>>
        {
            ["model.onnx"] = Bytes("content"),
            [ParityCertificate.File] = new ParityCertificate
            {
                Passed = true,
                Tolerance = 1e-4,
                LabelTolerance = 0.999,
                LabelAgreement = 0.9999,
                Outputs = [new OutputParity("logits", 1e-3, 1e-4, 2e-5)],
                Samples = 2,
                RealSamples = 0,
                Pixels = 1000,
                Shapes = ["1x1x32x32"],
                TorchSharpVersion = "1",
                OnnxRuntimeVersion = "1",
                OnnxSha256 = new string('0', 64),
            }.ToJson(),
        },
        Token);

    private static async Task<DatasetManifest> SealAsync(DatasetCatalogue datasets)
    {
        await using DatasetWriter writer = await datasets.BeginAsync(
            "toy",
            32,
            LabelSchema.Abdomen,
            new PreprocessingRecipe { Size = 32 },
            new DatasetSplit { Policy = "patient", Leaky = false },
            "Images: Toy, CC BY 4.0.",
            Token);
        foreach ((string name, string split) in new[] { ("anna", "train"), ("bert", "validation") })
        {
            await writer.AddCaseAsync(
                name, [new CaseSlice("s0", split, 32, 32, false, new ByteImage(32, 32), new ByteImage(32, 32))], Token);
        }

        return await writer.SealAsync(Token);
    }
}
