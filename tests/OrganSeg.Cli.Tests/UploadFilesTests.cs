using OrganSeg.Cli.Terminal;
using OrganSeg.Cli.Work;
using OrganSeg.V1;

namespace OrganSeg.Cli.Tests;

public sealed class UploadFilesTests
{
    [Fact]
    public async Task Describe_Files_HasTheirLengthsAndDigestsInOrder()
    {
        using var folder = new TemporaryFolder();
        var (abc, empty) = (Path.Combine(folder.Path, "abc.png"), Path.Combine(folder.Path, "empty.png"));
        await File.WriteAllTextAsync(abc, "abc", TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(empty, [], TestContext.Current.CancellationToken);

        var files = await UploadFiles.DescribeAsync(
            [new ImportFile(FileRole.Image, abc), new ImportFile(FileRole.Label, empty)], new NoBoard(), TestContext.Current.CancellationToken);

        // FIPS 180-2, appendix B.1, and the digest of nothing.
        Assert.Equal(
            [
                (FileRole.Image, "abc.png", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
                (FileRole.Label, "empty.png", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ],
            files.Select(file => (file.Role, file.Name, (int)file.Length, Convert.ToHexStringLower(file.Sha256.Span))));
    }

    private sealed class NoBoard : IProgressBoard
    {
        public void Report(string title, long done, long total, string detail = "")
        {
        }

        public void Note(string text)
        {
        }
    }
}
