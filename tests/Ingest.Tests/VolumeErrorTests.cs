using OrganSeg.Testing;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Tests;

/// <summary>Volumes that are refused: each names its file, and seals nothing.</summary>
public sealed class VolumeErrorTests
{
    [Fact]
    public async Task Import_LabelVolumeOfOtherLengths_NamesBothFiles() => await RefusesAsync(
        Upload.To("d").File(FileRole.Image, "a.nii", Volumes.Plain(0, 3)).File(FileRole.Label, "a.nii.gz", NiftiFile.Compress(Volumes.Labels(1, 4))),
        "a.nii: ", "a.nii.gz", "32×32×3", "32×32×4");

    [Fact]
    public async Task Import_LabelVolumeThatLiesElsewhere_NamesBothFilesAndTheDistance() => await RefusesAsync(
        Upload.To("d").File(FileRole.Image, "a.nii", Volumes.Plain(0))
            .File(FileRole.Label, "a.nii.gz", NiftiFile.Compress(Volumes.Labels(affine: [1, 0, 0, -10, 0, 1, 0, -19.5, 0, 0, 2, 30]))),
        "a.nii: ", "a.nii.gz", "0.5 mm");

    [Fact]
    public async Task Import_VolumeWithoutLabels_NamesIt() => await RefusesAsync(
        Upload.To("d").File(FileRole.Image, "a.nii", Volumes.Plain(0)), "a.nii", "no label volume");

    [Fact]
    public async Task Import_LabelVolumeWithoutImage_NamesIt() => await RefusesAsync(
        VolumeImportTests.Pair("d", Volumes.Plain(0), Volumes.Labels()).File(FileRole.Label, "b.nii", Volumes.Labels()), "b.nii", "without image");

    [Fact]
    public async Task Import_HalfOfAPair_NamesItAndWhatIsMissing() => await RefusesAsync(
        VolumeImportTests.Pair("d", Volumes.Plain(0), Volumes.Labels()).File(FileRole.Image, "b.hdr", Volumes.Split(Volumes.Plain(0)).Header),
        "b.hdr", ".img of the same name");

    [Fact]
    public async Task Import_VoxelsOfAPairAlone_NamesThem() => await RefusesAsync(
        VolumeImportTests.Pair("d", Volumes.Plain(0), Volumes.Labels()).File(FileRole.Negative, "b.img.gz", NiftiFile.Compress([1, 2, 3])),
        "b.img.gz", ".hdr of the same name");

    [Fact]
    public async Task Import_HalfOfAPairTwice_NamesIt() => await RefusesAsync(
        Upload.To("d").File(FileRole.Image, "b.hdr", Volumes.Split(Volumes.Plain(0)).Header)
            .File(FileRole.Image, "b.hdr.gz", NiftiFile.Compress(Volumes.Split(Volumes.Plain(0)).Header)),
        "b.hdr.gz", "twice as the header");

    [Fact]
    public async Task Import_TooManyHalvesThatWait_NamesOneAndWhatToDo()
    {
        var upload = Upload.To("d");
        foreach (var i in Enumerable.Range(0, 64))
        {
            upload.File(FileRole.Image, $"v{i:00}.img", [1]);
        }

        // Of many problems the first by name are told.
        await RefusesAsync(upload.File(FileRole.Image, "a.img", [1]), "a.img", "next to its .img");
    }

    [Fact]
    public async Task Import_NegativesOfOneCase_AreRefusedByThatName() => await RefusesAsync(
        Upload.To("d").File(FileRole.Negative, "a.nii", Volumes.Plain(0)).File(FileRole.Negative, "a_0000.nii", Volumes.Plain(0)), "a", "twice as a case");

    [Fact]
    public async Task Import_PairThatIsNone_NamesItsHeader() => await RefusesAsync(
        Upload.To("d").File(FileRole.Image, "b.hdr", Volumes.Plain(0)[..348]).File(FileRole.Image, "b.img", Volumes.Split(Volumes.Plain(0)).Image),
        "b.hdr", "magic");

    [Fact]
    public async Task Import_VolumeTwice_NamesIt() => await RefusesAsync(
        VolumeImportTests.Pair("d", Volumes.Plain(0), Volumes.Labels()).File(FileRole.Image, "scan.nii.gz", Volumes.Plain(1)), "scan.nii.gz", "twice as a volume");

    [Fact]
    public async Task Import_TwoVolumesOfOneLabelVolume_NamesBoth() => await RefusesAsync(
        Upload.To("d").File(FileRole.Image, "a_0000.nii", Volumes.Plain(0)).File(FileRole.Image, "a.nii", Volumes.Plain(0)).File(FileRole.Label, "a.nii", Volumes.Labels()),
        "a.nii", "share its label volume with a_0000.nii");

    [Fact]
    public async Task Import_NegativeWithLabels_NamesIt() => await RefusesAsync(
        Upload.To("d").File(FileRole.Negative, "a.nii", Volumes.Plain(0)).File(FileRole.Label, "a.nii", Volumes.Labels()), "a.nii", "negative");

    [Fact]
    public async Task Import_CaseThatCameAsSlicesToo_NamesIt() => await RefusesAsync(
        VolumeImportTests.Pair("d", Volumes.Plain(0), Volumes.Labels()).Slice("scan_slice7.png"), "scan", "twice as a case");

    [Fact]
    public async Task Import_UnknownLabelId_NamesFileAndId() => await RefusesAsync(
        VolumeImportTests.Pair("d", Volumes.Plain(0), Volumes.Labels(9)), "scan.nii (label)", "unknown label id 9");

    [Fact]
    public async Task Import_LabelThatIsNoId_NamesFileAndValue() => await RefusesAsync(
        VolumeImportTests.Pair("d", Volumes.Plain(0), Volumes.Labels(-3)), "scan.nii (label)", "-3", "slice 1");

    [Fact]
    public async Task Import_NoNifti_NamesTheFile() => await RefusesAsync(
        VolumeImportTests.Pair("d", "no volume, that is certain"u8.ToArray(), Volumes.Labels()), "scan.nii", "no NIfTI");

    [Fact]
    public async Task Import_VolumeThatIsCutOff_NamesTheFile() => await RefusesAsync(
        VolumeImportTests.Pair("d", Volumes.Plain(0)[..^1], Volumes.Labels()), "scan.nii", "ends before its last voxel");

    [Fact]
    public async Task Import_DamagedCompression_NamesTheFile()
    {
        var packed = NiftiFile.Compress(Volumes.Write((i, j, k) => (short)(i * j * k)));
        packed[packed.Length / 2] ^= 0xFF;
        await RefusesAsync(
            Upload.To("d").File(FileRole.Image, "a.nii.gz", packed).File(FileRole.Label, "a.nii", Volumes.Labels()), "a.nii.gz");
    }

    [Fact]
    public async Task Import_SliceOfImpossibleShape_NamesTheFile() => await RefusesAsync(
        VolumeImportTests.Pair("d", Volumes.Plain(0, affine: [1, 0, 0, 0, 0, 40, 0, 0, 0, 0, 1, 0]), Volumes.Labels(affine: [1, 0, 0, 0, 0, 40, 0, 0, 0, 0, 1, 0])),
        "scan.nii");

    [Fact]
    public async Task Import_LargerVolumeThanAllowed_NamesTheFile()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token, settings: "--Ingest:MaxVolumeMebibytes=1");
        var packed = NiftiFile.Compress(Volumes.Plain(0, 1024));

        var error = await Upload.To("d").File(FileRole.Image, "a.nii.gz", packed).File(FileRole.Label, "a.nii.gz", NiftiFile.Compress(Volumes.Labels(1, 2))).SendBadAsync(host, token);

        Assert.Contains("a.nii.gz", error.Message, StringComparison.Ordinal);
        Assert.Contains("1 MiB", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100d, 100d)]
    [InlineData(275d, -125d)]
    [InlineData(double.NaN, 1d)]
    [InlineData(0d, double.PositiveInfinity)]
    public async Task Import_WindowThatDoesNotRise_IsRefused(double low, double high) => await RefusesAsync(
        VolumeImportTests.Pair("d", Volumes.Plain(0), Volumes.Labels(), header => (header.WindowLowHu, header.WindowHighHu) = (low, high)), "windowLowHu");

    [Fact]
    public async Task Import_HalfAWindow_IsRefused() => await RefusesAsync(
        VolumeImportTests.Pair("d", Volumes.Plain(0), Volumes.Labels(), header => header.WindowHighHu = 200), "windowLowHu", "both ends");

    private static async Task RefusesAsync(Upload upload, params string[] expected)
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        var error = await upload.SendBadAsync(host, token);

        Assert.NotEmpty(error.Violations);
        Assert.All(expected, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }
}
