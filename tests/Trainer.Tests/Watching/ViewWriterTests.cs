using Microsoft.Extensions.Logging.Abstractions;
using OrganSeg.Storage;
using OrganSeg.Trainer.Tests.Support;
using OrganSeg.Trainer.Watching;

namespace OrganSeg.Trainer.Tests.Watching;

public sealed class ViewWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FailingStore _store;
    private readonly RunCatalogue _runs;

    public ViewWriterTests()
    {
        _store = new FailingStore(new FolderObjectStore(_folder.Path));
        _runs = new RunCatalogue(_store, TimeProvider.System);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Offer_StoreThatHangs_KeepsTheNewestOfEachNameInOrder()
    {
        await using var writer = new ViewWriter(_runs, "r", TimeProvider.System, NullLogger.Instance);
        _store.HangsInWrites = _ => true;
        var made = new List<string>();

        for (var i = 0; i < 1000; i++)
        {
            Offer(writer, made, "a", $"a{i}");
            Offer(writer, made, "b", $"b{i}");
        }

        Assert.Equal(2, writer.Waiting);
        _store.HangsInWrites = null;
        await writer.DrainAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(0, writer.Waiting);
        Assert.Equal("a999", await ReadAsync("a"));
        Assert.Equal("b999", await ReadAsync("b"));
        Assert.InRange(made.Count, 2, 4);
        Assert.True(made.IndexOf("a999") >= 0 && made.IndexOf("b999") >= 0);
    }

    [Fact]
    public async Task DrainAsync_StoreThatNeverAnswers_GivesUpAndDisposeDoesNotWait()
    {
        var writer = new ViewWriter(_runs, "r", TimeProvider.System, NullLogger.Instance);
        _store.HangsInWrites = _ => true;
        writer.Offer("a", () => [1]);

        await writer.DrainAsync(TimeSpan.FromMilliseconds(50));
        await writer.DisposeAsync();

        Assert.Null(await _runs.FindViewAsync("r", "a", Token));
    }

    [Fact]
    public async Task Offer_ContentThatCannotBeMade_IsDroppedAndTheOthersAreWritten()
    {
        await using var writer = new ViewWriter(_runs, "r", TimeProvider.System, NullLogger.Instance);

        writer.Offer("a", () => throw new InvalidOperationException("no picture"));
        writer.Offer("b", () => [7]);
        await writer.DrainAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(0, writer.Waiting);
        Assert.Null(await _runs.FindViewAsync("r", "a", Token));
        Assert.Equal([7], await _runs.FindViewAsync("r", "b", Token));
    }

    private static void Offer(ViewWriter writer, List<string> made, string name, string text) => writer.Offer(name, () =>
    {
        made.Add(text);
        return System.Text.Encoding.UTF8.GetBytes(text);
    });

    private async Task<string> ReadAsync(string name) =>
        System.Text.Encoding.UTF8.GetString((await _runs.FindViewAsync("r", name, Token))!);
}
