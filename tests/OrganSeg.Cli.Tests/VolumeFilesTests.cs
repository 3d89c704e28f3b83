using System.IO.Compression;
using OrganSeg.Cli.Files;

namespace OrganSeg.Cli.Tests;

public sealed class VolumeFilesTests
{
    private static readonly byte[] Dicom = [.. new byte[128], .. "DICM"u8, 1, 2, 3];

    [Fact]
    public void Part_FilesAndFolders_VolumesAreNamedByWhatTheyAre()
    {
        using var folder = new TemporaryFolder();
        var nifti = folder.File("nifti/b.nii");
        var zip = folder.File("scan.zip");
        folder.File("nifti/c.nii.gz");
        folder.File("nifti/other.zip");
        File.WriteAllBytes(folder.File("series/IM1"), Dicom);
        var slices = Path.GetDirectoryName(folder.File("slices/a.png"))!;

        var (volumes, others) = VolumeFiles.Part([Path.GetDirectoryName(nifti)!, zip, Path.Combine(folder.Path, "series"), slices]);

        Assert.Equal(["b.nii", "c.nii.gz", "scan.nii.gz", "series.nii.gz"], volumes.Select(volume => volume.Name));
        Assert.Equal([slices], others);
    }

    [Fact]
    public void Part_TwoThatWouldWriteOneFile_NamesBoth()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.Throws<OrganSegException>(() => VolumeFiles.Part([folder.File("a.nii.gz"), folder.File("a.zip")]));

        Assert.Contains("a.zip", error.Message);
        Assert.Contains("a.nii.gz", error.Message);
    }

    [Fact]
    public async Task Open_Folder_IsAZipOfItsDicomFilesAlone()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("series/IM2"), Dicom);
        File.WriteAllBytes(folder.File("series/IM1"), Dicom);
        folder.File("series/notes.txt");
        var volume = VolumeInput.Of(Path.Combine(folder.Path, "series"))!;

        await using var stream = await volume.OpenAsync(TestContext.Current.CancellationToken);

        using var archive = new ZipArchive(stream);
        Assert.Equal(["IM1", "IM2"], archive.Entries.Select(entry => entry.FullName));
        Assert.Equal(Dicom.Length, archive.Entries[0].Length);
    }
}
