using OrganSeg.Imaging;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Tests;

/// <summary>Imports that are refused: each names its file or field, and seals nothing.</summary>
public sealed class ImportErrorTests
{
    // The signature, a header chunk of 1×1 truecolour and its CRC, the pixel (red), and the end: made by hand with zlib.
    private static readonly byte[] ColourPng = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC");

    [Fact]
    public async Task Import_LabelOfAnotherSize_NamesFileAndBothSizes() => await RefusesAsync(
        Upload.To("d").Slice("a_slice1.png").Image("a_slice2.png", Upload.Plain(1, 40, 30)).Labels("a_slice2.png", Upload.Plain(1, 20, 30)),
        "a_slice2.png", "40×30", "20×30");

    [Fact]
    public async Task Import_MissingMask_NamesTheImage() => await RefusesAsync(
        Upload.To("d").Slice("a_slice1.png").Image("a_slice2.png", Upload.Plain(1)), "a_slice2.png", "no label map");

    [Fact]
    public async Task Import_LabelWithoutImage_NamesTheLabel() => await RefusesAsync(
        Upload.To("d").Slice("a_slice1.png").Labels("a_slice2.png", Upload.Plain(1)), "a_slice2.png", "without image");

    [Fact]
    public async Task Import_UnknownLabelId_NamesFileIdAndKnownIds() => await RefusesAsync(
        Upload.To("d").Slice("a_slice1.png", 9), "a_slice1.png", "unknown label id 9", "0, 1, 2, 3, 4");

    [Fact]
    public async Task Import_NotAPng_NamesTheFile() => await RefusesAsync(
        Upload.To("d").File(FileRole.Image, "a_slice1.png", "GIF89a, no doubt"u8.ToArray()).Labels("a_slice1.png", Upload.Plain(1)),
        "a_slice1.png", "PNG");

    [Fact]
    public async Task Import_EmptyFile_NamesTheFile() => await RefusesAsync(
        Upload.To("d").File(FileRole.Image, "a_slice1.png", []).Labels("a_slice1.png", Upload.Plain(1)), "a_slice1.png", "empty");

    [Fact]
    public async Task Import_TruncatedFile_NamesTheFile() => await RefusesAsync(
        Upload.To("d").Image("a_slice1.png", Upload.Plain(1)).File(FileRole.Label, "a_slice1.png", Png.WriteGrey(Upload.Plain(1))[..^20]),
        "a_slice1.png (label)", "truncated");

    [Fact]
    public async Task Import_ColourImage_NamesTheFile() => await RefusesAsync(
        Upload.To("d").File(FileRole.Image, "a_slice1.png", ColourPng).Labels("a_slice1.png", Upload.Plain(1, 1, 1)),
        "a_slice1.png", "colour");

    [Fact]
    public async Task Import_ColourLabels_NamesTheFile() => await RefusesAsync(
        Upload.To("d").Image("a_slice1.png", Upload.Plain(1, 1, 1)).File(FileRole.Label, "a_slice1.png", ColourPng),
        "a_slice1.png (label)", "colour");

    [Fact]
    public async Task Import_NoFiles_IsRefused() => await RefusesAsync(Upload.To("d"), "files", "missing");

    [Theory]
    [InlineData(FileRole.Image, "twice as an image")]
    [InlineData(FileRole.Label, "twice as a label map")]
    [InlineData(FileRole.Negative, "both as a negative and as a labelled slice")]
    public async Task Import_NameTwice_IsRefused(FileRole role, string expected) => await RefusesAsync(
        Upload.To("d").Slice("a_slice1.png").File(role, "a_slice1.PNG", Png.WriteGrey(Upload.Plain(1))), "a_slice1.PNG", expected);

    [Theory]
    [InlineData("folder/a.png", "folder")]
    [InlineData("..\\a.png", "folder")]
    [InlineData("a\nb.png", "control")]
    [InlineData("", "no file name")]
    [InlineData(".png", "no file name")]
    [InlineData("..", "no file name")]
    public async Task Import_BadFileName_IsRefused(string name, string expected) => await RefusesAsync(
        Upload.To("d").Slice("a_slice1.png").Negative(name, Upload.Plain(1)), expected);

    [Fact]
    public async Task Import_LongFileName_IsRefused() => await RefusesAsync(
        Upload.To("d").Slice(new string('a', 197) + ".png"), new string('a', 80) + "…", "200 bytes");

    [Fact]
    public async Task Import_ManyThingsWrong_TellsAllUpToTwentyAndTheCount()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var upload = Upload.To("d");
        for (var i = 0; i < 30; i++)
        {
            upload.Image($"a_slice{i:00}.png", Upload.Plain(1));
        }

        var error = await upload.SendBadAsync(host, token);

        Assert.Equal(21, error.Violations.Count);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"a_slice{i:00}.png"), error.Violations.SkipLast(1).Select(v => v.Field));
        Assert.Contains("10 more", error.Violations[^1].Description, StringComparison.Ordinal);
        Assert.Contains("30 in all", error.Violations[^1].Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_EveryHeaderFieldWrong_NamesEach()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var header = new ImportHeader { Dataset = "../Bad", Size = 100, Split = SplitPolicy.Table, Notice = "two\nlines" };
        header.LabelMap.Add(300, 1);
        header.LabelMap.Add(7, 9);
        header.SplitTable.Add([
            new() { File = "a.png", Split = "trian" },
            new() { Split = "train" },
            new() { CaseId = "a", Split = "train" },
            new() { CaseId = "a", Split = "test" }]);

        var error = await new Upload(header).SendBadAsync(host, token);

        Assert.Equal(
            ["dataset", "labelMap", "labelMap", "notice", "size", "splitTable[0]", "splitTable[1]", "splitTable[3]"],
            error.Violations.Select(violation => violation.Field));
        Assert.Contains("trian", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(16u)]
    [InlineData(33u)]
    [InlineData(1040u)]
    public async Task Import_BadSize_IsRefused(uint size) =>
        await RefusesAsync(Upload.To("d", header => header.Size = size).Slice("a.png"), "size", $"{size}", "multiple of 16");

    [Theory]
    [InlineData(0u, 2u)]
    [InlineData(1u, 2u)]
    [InlineData(0u, 300u)]
    public async Task Import_BadLabelSchema_IsRefused(uint first, uint second) => await RefusesAsync(
        Upload.To("d", header => header.LabelSchema.Add([new() { Id = first, Name = "background" }, new() { Id = second, Name = "x" }]))
            .Slice("a.png"),
        "labelSchema");

    [Fact]
    public async Task Import_TableWithoutPolicy_IsRefused() => await RefusesAsync(
        Upload.To("d", header => header.SplitTable.Add(new SplitEntry { File = "a.png", Split = "train" })).Slice("a.png"),
        "splitTable", "policy");

    [Fact]
    public async Task Import_SliceOutsideTheTable_NamesIt() => await RefusesAsync(
        Upload.To("d", header =>
        {
            header.Split = SplitPolicy.Table;
            header.SplitTable.Add(new SplitEntry { CaseId = "a", Split = "train" });
        }).Slice("a_slice1.png").Slice("b_slice1.png"),
        "b_slice1.png", "table");

    [Fact]
    public async Task Import_NegativeWithoutCase_NamesIt() => await RefusesAsync(
        Upload.To("d").Slice("a_slice1.png").Negative("b_slice1.png", Upload.Plain(1)), "b_slice1.png", "negative");

    [Fact]
    public async Task Import_MoreFilesThanAllowed_IsRefused() => await RefusesAsync(
        Upload.To("d").Slice("a_slice1.png").Slice("a_slice2.png"), ["files", "more than 3"], "--Ingest:MaxFiles=3");

    [Fact]
    public async Task Import_LargerFileThanAllowed_IsRefused() => await RefusesAsync(
        Upload.To("d").File(FileRole.Image, "a_slice1.png", new byte[1001]), ["a_slice1.png", "1000 bytes"], "--Ingest:MaxFileBytes=1000");

    [Fact]
    public async Task Import_OversizedChunk_IsRefused() => await RefusesAsync(
        [Header(), Upload.Chunk(FileRole.Image, "a.png", new byte[(1 << 20) + 1], last: true)], "a.png", "chunk");

    [Fact]
    public async Task Import_NothingAtAll_AsksForTheHeader() => await RefusesAsync([], "header", "missing");

    [Fact]
    public async Task Import_ChunkBeforeHeader_AsksForTheHeader() => await RefusesAsync(
        [Upload.Chunk(FileRole.Image, "a.png", [1], last: true), Header()], "header", "missing");

    [Fact]
    public async Task Import_SecondHeader_IsRefused() => await RefusesAsync([Header(), Header()], "payload", "one header");

    [Fact]
    public async Task Import_InterleavedChunks_NamesBothFiles() => await RefusesAsync(
        [
            Header(),
            Upload.Chunk(FileRole.Image, "a.png", [1], last: false),
            Upload.Chunk(FileRole.Image, "b.png", [1], last: false),
        ],
        "b.png", "a.png", "follow one another");

    [Fact]
    public async Task Import_FileWithoutLastChunk_NamesIt() => await RefusesAsync(
        [Header(), Upload.Chunk(FileRole.Image, "a.png", [1], last: false)], "a.png", "last chunk");

    [Fact]
    public async Task Import_FileWithoutRole_NamesIt() => await RefusesAsync(
        [Header(), Upload.Chunk(FileRole.Unspecified, "a.png", [1], last: true)], "a.png", "role");

    private static ImportRequest Header() => Upload.To("d").Messages(1).First();

    private static Task RefusesAsync(Upload upload, params string[] expected) => RefusesAsync(upload, expected, []);

    private static Task RefusesAsync(Upload upload, string[] expected, params string[] settings) =>
        RefusesAsync(upload.Messages(1 << 18), expected, settings);

    private static Task RefusesAsync(ImportRequest[] messages, params string[] expected) =>
        RefusesAsync(messages, expected, []);

    private static async Task RefusesAsync(IEnumerable<ImportRequest> messages, string[] expected, string[] settings)
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token, settings: settings);

        var error = await Upload.RefusedAsync(host, messages, token);

        Assert.NotEmpty(error.Violations);
        Assert.All(expected, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }
}
