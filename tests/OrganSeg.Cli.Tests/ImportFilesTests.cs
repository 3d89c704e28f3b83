using System.IO.Compression;
using OrganSeg.Cli.Work;
using OrganSeg.V1;

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

    [Fact]
    public void Collect_PairsOfFiles_AreSentAsBothFiles()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in (string[])["images/a.hdr", "images/a.img", "images/b.hdr", "images/b.img.gz", "labels/a.nii", "labels/b.hdr.gz", "labels/b.img"])
        {
            folder.File(file);
        }

        // A file of voxels that is named stands for its header.
        var files = ImportFiles.Collect(
            [Path.Combine(folder.Path, "images", "a.img"), Path.Combine(folder.Path, "images", "b.hdr")], Path.Combine(folder.Path, "labels"), negatives: []);
        var all = ImportFiles.Collect([Path.Combine(folder.Path, "images")], Path.Combine(folder.Path, "labels"), negatives: []);

        Assert.Equal(
            [
                (FileRole.Image, "a.hdr"), (FileRole.Image, "a.img"), (FileRole.Label, "a.nii"),
                (FileRole.Image, "b.hdr"), (FileRole.Image, "b.img.gz"), (FileRole.Label, "b.hdr.gz"), (FileRole.Label, "b.img"),
            ],
            files.Select(file => (file.Role, file.Name)));
        Assert.Equal(files, all);
    }

    [Theory]
    [InlineData("a.hdr", "its voxels, a.img")]
    [InlineData("a.img.gz", "its header, a.hdr")]
    public void Collect_HalfOfAPair_NamesWhatIsMissing(string half, string missing)
    {
        using var folder = new TemporaryFolder();
        folder.File($"images/{half}");
        folder.File("labels/a.nii");

        var error = Assert.Throws<OrganSegException>(() => ImportFiles.Collect(
            [Path.Combine(folder.Path, "images")], Path.Combine(folder.Path, "labels"), negatives: []));

        Assert.Contains(missing, Assert.Single(error.Violations).Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Collect_VolumesAndSeries_ArePairedWithTheirLabelVolumes()
    {
        using var folder = new TemporaryFolder();
        folder.File("images/a.nii.gz");
        folder.File("images/b_0000.nii");
        folder.File("images/c.png");
        Dicom(folder, "export/study/s1/IM1");
        foreach (var label in (string[])["a.nii", "b.nii.gz", "c.png", "s1.nii.gz"])
        {
            folder.File($"labels/{label}");
        }

        var files = ImportFiles.Collect(
            [Path.Combine(folder.Path, "images"), Path.Combine(folder.Path, "export")], Path.Combine(folder.Path, "labels"), negatives: []);

        Assert.Equal(
            [
                (FileRole.Image, "c.png"), (FileRole.Label, "c.png"),
                (FileRole.Image, "a.nii.gz"), (FileRole.Label, "a.nii"),
                (FileRole.Image, "b_0000.nii"), (FileRole.Label, "b.nii.gz"),
                (FileRole.Image, "s1.zip"), (FileRole.Label, "s1.nii.gz"),
            ],
            files.Select(file => (file.Role, file.Name)));
        Assert.True(files[6].IsFolder);
    }

    [Fact]
    public void Collect_VolumeWithoutLabelsAndLabelsWithoutVolume_AreNamed()
    {
        using var folder = new TemporaryFolder();
        var image = folder.File("images/a.nii");
        folder.File("labels/b.nii");

        var error = Assert.Throws<OrganSegException>(() => ImportFiles.Collect([image], Path.Combine(folder.Path, "labels"), negatives: []));

        Assert.Equal(["a.nii", "b.nii"], error.Violations.Select(violation => violation.Field));
    }

    [Fact]
    public void Collect_Archives_NeedNoLabelsAndTakeWhatThereIs()
    {
        using var folder = new TemporaryFolder();
        var archive = folder.File("all.tar.gz");
        folder.File("labels/case1.nii.gz");

        var alone = ImportFiles.Collect([archive], labelFolder: null, negatives: []);
        var both = ImportFiles.Collect([archive], Path.Combine(folder.Path, "labels"), negatives: [folder.File("empty.zip")]);
        var packed = ImportFiles.Collect([folder.File("scan.nii")], folder.File("labels.zip"), negatives: []);

        Assert.Equal("all.tar.gz", Assert.Single(alone).Name);
        Assert.Equal(
            [(FileRole.Image, "all.tar.gz"), (FileRole.Label, "case1.nii.gz"), (FileRole.Negative, "empty.zip")],
            both.Select(file => (file.Role, file.Name)));
        Assert.Equal([(FileRole.Image, "scan.nii"), (FileRole.Label, "labels.zip")], packed.Select(file => (file.Role, file.Name)));
    }

    [Fact]
    public async Task Pack_FolderOfASeries_IsAZipWithoutItsNamesThatGoesAway()
    {
        using var folder = new TemporaryFolder();
        Dicom(folder, "s1/DOE^JANE 2");
        Dicom(folder, "s1/DOE^JANE 1");
        folder.File("s1/notes.txt");
        var files = ImportFiles.Collect([], labelFolder: null, negatives: [Path.Combine(folder.Path, "s1")]);
        byte[] first;
        string path;

        using (var packed = await PackedSeries.CreateAsync(files, TestContext.Current.CancellationToken))
        {
            var zip = Assert.Single(packed.Files);
            Assert.Equal((FileRole.Negative, "s1.zip"), (zip.Role, zip.Name));
            path = zip.Path;
            first = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
            using var archive = ZipFile.OpenRead(path);
            Assert.Equal(["00001.dcm", "00002.dcm"], archive.Entries.Select(entry => entry.FullName));
        }

        Assert.False(File.Exists(path));
        using var again = await PackedSeries.CreateAsync(files, TestContext.Current.CancellationToken);
        Assert.Equal(first, await File.ReadAllBytesAsync(again.Files[0].Path, TestContext.Current.CancellationToken));
    }

    private static void Dicom(TemporaryFolder folder, string name) =>
        File.WriteAllBytes(folder.File(name), [.. new byte[128], .. "DICM"u8, 1, 2, 3]);
}
