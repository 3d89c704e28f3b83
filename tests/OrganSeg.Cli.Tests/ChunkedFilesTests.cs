using Google.Protobuf;
using Grpc.Core;
using OrganSeg.Cli.Files;
using OrganSeg.V1;

namespace OrganSeg.Cli.Tests;

/// <summary>Files in pieces, as a service may send them.</summary>
public sealed class ChunkedFilesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Write_FilesInPieces_AreInTheirFolders()
    {
        using var folder = new TemporaryFolder();
        var counts = new List<int>();

        var names = await ChunkedFiles.WriteAsync(
            Sent(("a/b.png", "12", false), ("a/b.png", "3", true), ("empty.csv", "", true)), Path.Combine(folder.Path, "out"), counts.Add, Token);

        Assert.Equal(["a/b.png", "empty.csv"], names);
        Assert.Equal([1, 2], counts);
        Assert.Equal("123", await File.ReadAllTextAsync(Path.Combine(folder.Path, "out", "a", "b.png"), Token));
        Assert.Equal("", await File.ReadAllTextAsync(Path.Combine(folder.Path, "out", "empty.csv"), Token));
        Assert.Equal(2, Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Length);
    }

    [Theory]
    [InlineData("../a.png")]
    [InlineData("a/../../b.png")]
    [InlineData("/a.png")]
    public async Task Write_NameOutsideTheFolder_IsRefused(string name)
    {
        using var folder = new TemporaryFolder();

        var error = await Assert.ThrowsAsync<OrganSegException>(
            () => ChunkedFiles.WriteAsync(Sent((name, "x", true)), Path.Combine(folder.Path, "out"), _ => { }, Token));

        Assert.Equal(ErrorKind.Corrupt, error.Kind);
        Assert.Empty(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Write_FileWithoutItsEnd_IsRefused()
    {
        using var folder = new TemporaryFolder();

        var cut = await Assert.ThrowsAsync<OrganSegException>(() => ChunkedFiles.WriteAsync(Sent(("a", "x", false)), folder.Path, _ => { }, Token));
        var mixed = await Assert.ThrowsAsync<OrganSegException>(
            () => ChunkedFiles.WriteAsync(Sent(("a", "x", false), ("b", "y", true)), folder.Path, _ => { }, Token));

        Assert.Contains("middle of a", cut.Message, StringComparison.Ordinal);
        Assert.Contains("b before a", mixed.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    private static Chunks Sent(params (string Name, string Data, bool Last)[] chunks) =>
        new([.. chunks.Select(chunk => new ExportChunk { Name = chunk.Name, Data = ByteString.CopyFromUtf8(chunk.Data), Last = chunk.Last })]);

    private sealed class Chunks(IReadOnlyList<ExportChunk> chunks) : IAsyncStreamReader<ExportChunk>
    {
        private int _at = -1;

        public ExportChunk Current => chunks[_at];

        public Task<bool> MoveNext(CancellationToken cancellationToken) => Task.FromResult(++_at < chunks.Count);
    }
}
