using OrganSeg.Cli.Work;

namespace OrganSeg.Cli.Tests;

public sealed class ImportFilesTests
{
    [Fact]
    public void Collect_NoLabelFolder_NamesEverySliceAndTheOption()
    {
        using var folder = new TemporaryFolder();
        folder.File("one/a.png");
        folder.File("one/b.png");

        var error = Assert.Throws<OrganSegException>(
            () => ImportFiles.Collect([Path.Combine(folder.Path, "one")], labelFolder: null, negatives: []));

        Assert.Equal(["a.png", "b.png"], error.Violations.Select(violation => violation.Field));
        Assert.All(error.Violations, violation => Assert.Contains("--labels", violation.Description));
    }

    [Fact]
    public void Collect_OneLabelMissing_NamesThatSlice()
    {
        using var folder = new TemporaryFolder();
        folder.File("images/a.png");
        folder.File("images/b.png");
        folder.File("labels/a.png");

        var error = Assert.Throws<OrganSegException>(() => ImportFiles.Collect(
            [Path.Combine(folder.Path, "images")], Path.Combine(folder.Path, "labels"), negatives: []));

        Assert.Equal("b.png", Assert.Single(error.Violations).Field);
    }
}
