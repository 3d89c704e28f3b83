using OrganSeg.Cli.Files;

namespace OrganSeg.Cli.Tests;

public sealed class SliceFilesTests
{
    [Fact]
    public void Collect_FilesAndFolders_AreOrderedByName()
    {
        using var folder = new TemporaryFolder();
        var a = folder.File("two/a.PNG");
        var b = folder.File("b.png");
        var c = folder.File("two/c.png");
        folder.File("two/notes.txt");

        Assert.Equal([a, b, c], SliceFiles.Collect([b, Path.Combine(folder.Path, "two")]));
    }

    [Fact]
    public void Collect_SameFileTwice_CountsOnce()
    {
        using var folder = new TemporaryFolder();
        var a = folder.File("a.png");

        Assert.Equal([a], SliceFiles.Collect([a, folder.Path]));
    }

    [Fact]
    public void Collect_SameNameInTwoFolders_IsInvalid()
    {
        using var folder = new TemporaryFolder();
        folder.File("one/a.png");
        folder.File("two/a.png");

        var error = Assert.Throws<OrganSegException>(
            () => SliceFiles.Collect([Path.Combine(folder.Path, "one"), Path.Combine(folder.Path, "two")]));

        Assert.Contains("same name", error.Message);
    }

    [Fact]
    public void Collect_FolderWithoutPng_IsInvalid()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.Throws<OrganSegException>(() => SliceFiles.Collect([folder.Path]));

        Assert.Contains("holds no PNG", error.Message);
    }

    [Fact]
    public async Task Write_Twice_ReplacesAndLeavesNoOtherFile()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "a.png");

        await AtomicFile.WriteAsync(path, new byte[] { 1 }, TestContext.Current.CancellationToken);
        await AtomicFile.WriteAsync(path, new byte[] { 2, 3 }, TestContext.Current.CancellationToken);

        Assert.Equal([2, 3], await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
        Assert.Single(Directory.GetFiles(folder.Path));
    }
}
