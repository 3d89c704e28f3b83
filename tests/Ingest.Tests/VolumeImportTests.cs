using OrganSeg.Storage;
using OrganSeg.Testing;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Tests;

/// <summary>NIfTI volumes, over real gRPC into a real store.</summary>
public sealed class VolumeImportTests
{
    private const int Side = Volumes.Side;

    [Fact]
    public async Task Import_Volume_IsCutIntoWindowedSlicesThatRiseToTheHead()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        // HU rise with every axis; one voxel is liver.
        await Upload.To("v")
            .File(FileRole.Image, "case1.nii.gz", NiftiFile.Compress(Volumes.Write((i, j, k) => (short)((4 * i) + j + (100 * k) - 130))))
            .File(FileRole.Label, "case1.nii", Volumes.Write((i, j, k) => (short)(i == 5 && j == 10 && k == 1 ? 1 : 0)))
            .SendAsync(host, token);

        var manifest = await host.Catalogue.GetAsync("v", token);
        var one = Assert.Single(manifest.Cases);
        Assert.Equal("case1", one.Case);
        Assert.Equal(["case1_slice000", "case1_slice001", "case1_slice002"], one.Slices.Select(slice => slice.Name));
        Assert.Equal([0, 1, 2], one.Slices.Select(slice => slice.Place));
        Assert.Equal([true, false, true], one.Slices.Select(slice => slice.Negative));
        Assert.Equal((-125d, 275d), (manifest.Preprocessing.WindowLowHu, manifest.Preprocessing.WindowHighHu));
        Assert.Null(one.Patient);
        var geometry = one.Geometry!;
        Assert.Equal("nifti", geometry.Source);
        Assert.Equal([Side, Side, 3], geometry.Lengths);
        Assert.Equal(Volumes.Ras, geometry.Affine);
        Assert.Equal("RAS", geometry.Orientation);
        Assert.Equal((1d, 1d, 2d), (geometry.RowSpacingMm, geometry.ColumnSpacingMm, geometry.SliceDistanceMm));

        // By hand: +x is to the patient's right, which is at image left, and +y to the front, which is up.
        var slices = await SlicesAsync(host, manifest, token);
        for (var k = 0; k < 3; k++)
        {
            for (var row = 0; row < Side; row++)
            {
                for (var column = 0; column < Side; column++)
                {
                    var (i, j) = (Side - 1 - column, Side - 1 - row);
                    var grey = Math.Clamp(Math.Round(((4 * i) + j + (100 * k) - 130 + 125) * 255 / 400d), 0, 255);
                    Assert.Equal(grey, slices[k].Image.Row(row)[column]);
                    Assert.Equal(i == 5 && j == 10 && k == 1 ? 1 : 0, slices[k].Labels.Row(row)[column]);
                }
            }
        }

        Assert.Empty(host.SpoolFiles);
    }

    [Fact]
    public async Task Import_PairsOfFiles_AreTheVolumesOfSingleOnes()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var (image, labels) = (Volumes.Write((i, j, k) => (short)((4 * i) + j + (100 * k) - 130)), Volumes.Labels());
        var (imageHeader, imageVoxels) = Volumes.Split(image);
        var (labelHeader, labelVoxels) = Volumes.Split(labels);

        // In any order, packed or not; names of halves may be those of a label map's halves.
        var pairs = await Upload.To("pairs")
            .File(FileRole.Image, "case1.img.gz", NiftiFile.Compress(imageVoxels))
            .File(FileRole.Label, "case1.hdr", labelHeader)
            .File(FileRole.Label, "case1.img", labelVoxels)
            .File(FileRole.Image, "case1.hdr", imageHeader)
            .SendAsync(host, token);
        var singles = await Upload.To("singles").File(FileRole.Image, "case1.nii", image).File(FileRole.Label, "case1.nii", labels)
            .SendAsync(host, token);

        Assert.Equal(singles.Digest, pairs.Digest);
        Assert.Empty(host.SpoolFiles);
    }

    [Theory]
    [InlineData("scan_0000.nii.gz")]
    [InlineData("scan.nii")]
    public async Task Import_TableOfFiles_FindsANumberedVolumeByBothNames(string file)
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        var dataset = await Upload.To("d", header =>
            {
                header.Split = SplitPolicy.Table;
                header.SplitTable.Add(new SplitEntry { File = file, Split = "validation" });
            })
            .File(FileRole.Image, "scan_0000.nii.gz", NiftiFile.Compress(Volumes.Plain(0)))
            .File(FileRole.Label, "scan.nii", Volumes.Labels())
            .SendAsync(host, token);

        Assert.Equal("validation", Assert.Single(dataset.Splits).Split);
    }

    [Fact]
    public async Task Import_PairsInAnArchive_AreVolumesToo()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var (imageHeader, imageVoxels) = Volumes.Split(Volumes.Plain(0));
        var (labelHeader, labelVoxels) = Volumes.Split(Volumes.Labels());

        var dataset = await Upload.To("pairs").File(FileRole.Image, "all.zip", DicomImage.Zip([
            ("images/a.hdr", imageHeader), ("labels/a.hdr", labelHeader), ("images/a.img", imageVoxels), ("labels/a.img", labelVoxels)]))
            .SendAsync(host, token);

        Assert.Equal(3u, dataset.Splits.Aggregate(0u, (sum, split) => sum + split.Slices));
    }

    [Fact]
    public async Task Import_OtherWindow_IsAppliedAndRecorded()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        await Pair("w", Volumes.Plain(20), Volumes.Labels(), header => (header.WindowLowHu, header.WindowHighHu) = (0, 100)).SendAsync(host, token);

        var manifest = await host.Catalogue.GetAsync("w", token);
        Assert.Equal((0d, 100d), (manifest.Preprocessing.WindowLowHu, manifest.Preprocessing.WindowHighHu));

        // 20 · 255 / 100 = 51.
        Assert.All(await SlicesAsync(host, manifest, token), slice => Assert.Equal(51, slice.Image.Pixels[0]));
    }

    [Fact]
    public async Task Import_PixelsThatAreNotSquare_BecomeSquareInMillimetres()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        double[] affine = [1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 5, 0];

        await Pair(
                "tall",
                Volumes.Write((_, _, _) => 0, 1, affine, 32, 16),
                Volumes.Write((i, j, _) => (short)(i == 3 && j == 4 ? 2 : 0), 1, affine, 32, 16))
            .SendAsync(host, token);

        // By hand: 16 rows of 2 mm fill 32 pixels of 1 mm, so a voxel is two pixels.
        var one = Assert.Single((await host.Catalogue.GetAsync("tall", token)).Cases);
        Assert.Equal(2, Assert.Single(one.Slices).Pixels["kidney"]);
        Assert.Equal((2d, 1d, 5d), (one.Geometry!.RowSpacingMm, one.Geometry.ColumnSpacingMm, one.Geometry.SliceDistanceMm));
    }

    [Fact]
    public async Task Import_LabelsOfTheSameVoxelsInAnotherOrder_LieWhereTheImageLies()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        // The labels' first axis runs the other way, as converters often write it: i becomes 31 - i.
        double[] flipped = [-1, 0, 0, -10 + Side - 1, 0, 1, 0, -20, 0, 0, 2, 30];
        await Pair("f", Volumes.Plain(0), Volumes.Write((i, j, k) => (short)(i == 2 && j == 0 && k == 2 ? 3 : 0), 3, flipped)).SendAsync(host, token);

        // By hand: the image's i is 29, so column 2; j = 0 is at the back, so the last row.
        var slices = await SlicesAsync(host, await host.Catalogue.GetAsync("f", token), token);
        Assert.Equal(3, slices[2].Labels.Row(Side - 1)[2]);
        Assert.Equal(1, slices.Sum(slice => slice.Labels.Pixels.Count(label => label == 3)));
    }

    [Fact]
    public async Task Import_NumberedChannelOfNnUnet_IsTheCaseOfItsLabels()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        await Upload.To("n")
            .File(FileRole.Image, "liver_7_0000.nii.gz", NiftiFile.Compress(Volumes.Plain(0)))
            .File(FileRole.Label, "liver_7.nii.gz", NiftiFile.Compress(Volumes.Labels()))
            .SendAsync(host, token);

        Assert.Equal("liver_7", Assert.Single((await host.Catalogue.GetAsync("n", token)).Cases).Case);
    }

    [Fact]
    public async Task Import_VolumeOf1001Slices_KeepsTheOrderOfItsNames()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        await Pair("long", Volumes.Plain(0, 1001), Volumes.Labels(1, 1001)).SendAsync(host, token);

        var slices = Assert.Single((await host.Catalogue.GetAsync("long", token)).Cases).Slices;
        Assert.Equal(Enumerable.Range(0, 1001), slices.Select(slice => slice.Place!.Value));
        Assert.Equal(("scan_slice0000", "scan_slice1000"), (slices[0].Name, slices[^1].Name));
    }

    [Fact]
    public async Task Import_NegativeVolumeBesideSlices_SealsBoth()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        var dataset = await Upload.To("mixed", header =>
            {
                header.Split = SplitPolicy.Table;
                header.SplitTable.Add([
                    new() { File = "a_slice1.png", Split = "train" },
                    new() { File = "thorax.nii.gz", Split = "validation" },
                    new() { CaseId = "scan", Split = "test" }]);
            })
            .Slice("a_slice1.png")
            .File(FileRole.Negative, "thorax.nii.gz", NiftiFile.Compress(Volumes.Plain(0, 2)))
            .File(FileRole.Image, "scan.nii", Volumes.Plain(0))
            .File(FileRole.Label, "scan.nii", Volumes.Labels())
            .SendAsync(host, token);

        Assert.Equal([("train", 1u), ("validation", 2u), ("test", 3u)], dataset.Splits.Select(split => (split.Split, split.Slices)));
        var cases = (await host.Catalogue.GetAsync("mixed", token)).Cases.ToDictionary(one => one.Case);
        Assert.Null(cases["a"].Geometry);
        Assert.All(cases["thorax"].Slices, slice => Assert.True(slice.Negative));
        Assert.NotNull(cases["thorax"].Geometry);
    }

    [Fact]
    public async Task Import_NegativeVolumes_AreDrawnAsPatients()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        var dataset = await Pair("d", Volumes.Plain(0), Volumes.Labels())
            .File(FileRole.Negative, "thorax1.nii", Volumes.Plain(1)).File(FileRole.Negative, "thorax2.nii", Volumes.Plain(2))
            .SendAsync(host, token);

        Assert.Equal([1u, 1u, 1u], dataset.Splits.Select(split => split.Cases));
    }

    [Fact]
    public async Task Import_SlicesAlone_LeaveTheManifestWithoutTraceOfVolumes()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        await Upload.To("p", header => (header.WindowLowHu, header.WindowHighHu) = (-100, 100)).Slice("a_slice1.png").SendAsync(host, token);

        // Digests of datasets that were sealed before there were volumes must stay as they are.
        var json = await File.ReadAllTextAsync(Directory.GetFiles(host.StorePath, "manifest.json", SearchOption.AllDirectories).Single(), token);
        Assert.All(
            (string[])["geometry", "place", "patient", "warnings", "burnedInAnnotation", "windowLowHu", "windowHighHu"],
            property => Assert.DoesNotContain($"\"{property}\":", json, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Import_LargeFile_IsPutOnDiskAndGoneAfterwards()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token, settings: "--Ingest:MaxFileBytes=1000000");

        // 6 MiB: above what stays in memory, and above what a slice may have.
        await Pair("large", Volumes.Plain(7, 3072), Volumes.Labels(1, 3072)).SendAsync(host, token);

        Assert.Equal(3072, Assert.Single((await host.Catalogue.GetAsync("large", token)).Cases).Slices.Count);
        Assert.Empty(host.SpoolFiles);
    }

    [Fact]
    public async Task Import_LargeFileThatBreaksOff_LeavesNothing()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var messages = Pair("gone", Volumes.Plain(7, 3072), Volumes.Labels(1, 3072)).Messages(1 << 20).ToArray();

        await Upload.RefusedAsync(host, messages[..^10], token);

        Assert.Empty(host.SpoolFiles);
    }

    [Fact]
    public async Task Import_TotalSegmentatorPair_GivesTheOrgansThatTheMapNames()
    {
        var token = TestContext.Current.CancellationToken;
        var folder = Repository.PathOf("..", "shared", "data", "nifti");
        Assert.SkipUnless(Directory.Exists(folder), "shared/data/nifti is not beside the repository.");
        await using var host = await IngestHost.StartAsync(token);

        await Upload.To("ts", header =>
            {
                header.Size = 224;
                header.LabelMap.Add(new Dictionary<uint, uint> { [5] = 1, [2] = 2, [3] = 2, [1] = 3, [7] = 4 });
            })
            .File(FileRole.Image, "example.nii.gz", await File.ReadAllBytesAsync(Path.Combine(folder, "example_ct_sm.nii.gz"), token))
            .File(FileRole.Label, "example.nii.gz", await File.ReadAllBytesAsync(Path.Combine(folder, "example_seg.nii.gz"), token))
            .SendAsync(host, token);

        // 122×101×30 voxels of 3 mm, as the data's own description says.
        var one = Assert.Single((await host.Catalogue.GetAsync("ts", token)).Cases);
        Assert.Equal(30, one.Slices.Count);
        Assert.Equal([122, 101, 30], one.Geometry!.Lengths);
        Assert.Equal(3, one.Geometry.SliceDistanceMm, 1e-3);
        Assert.Equal(3, one.Geometry.RowSpacingMm, 1e-3);
        string[] organs = ["liver", "kidney", "spleen", "pancreas"];
        Assert.All(organs, organ => Assert.Contains(one.Slices, slice => slice.Pixels.GetValueOrDefault(organ) > 0));
        Assert.Superset(one.Slices.SelectMany(slice => slice.Pixels.Keys).ToHashSet(), new HashSet<string>([.. organs, "background"]));
    }

    internal static Upload Pair(string dataset, byte[] image, byte[] labels, Action<ImportHeader>? configure = null) =>
        Upload.To(dataset, configure).File(FileRole.Image, "scan.nii", image).File(FileRole.Label, "scan.nii", labels);

    internal static async Task<DatasetSample[]> SlicesAsync(IngestHost host, DatasetManifest manifest, CancellationToken cancellationToken) =>
        await host.Catalogue.ReadAsync(manifest, null, cancellationToken).ToArrayAsync(cancellationToken);
}
