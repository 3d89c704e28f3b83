using OrganSeg.Testing;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Tests;

/// <summary>DICOM series, over real gRPC into a real store.</summary>
public sealed class DicomImportTests
{
    private const int Side = Volumes.Side;

    // Where Series() puts its voxels, by the standard's equation (PS3.3, C.7.6.2.1.1) with the signs of NIfTI: rows run to the
    // left (-x), columns to the back (-y).
    private static readonly double[] Affine = [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 2, 0];

    [Fact]
    public async Task Import_Series_IsACaseOfItsOwnUnderAPseudonym()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        await Upload.To("d")
            .File(FileRole.Image, "Doe^Jane.zip", DicomImage.Zip(Series("1.2.3").Reverse()))
            .File(FileRole.Label, "Doe^Jane.nii.gz", NiftiFile.Compress(Volumes.Labels(affine: Affine)))
            .SendAsync(host, token);

        var manifest = await host.Catalogue.GetAsync("d", token);
        var one = Assert.Single(manifest.Cases);
        Assert.Matches("^p[0-9a-f]{16}-[0-9a-f]{16}$", one.Case);
        Assert.Equal(one.Case[..17], one.Patient);
        Assert.Equal([$"{one.Case}_slice000", $"{one.Case}_slice001", $"{one.Case}_slice002"], one.Slices.Select(slice => slice.Name));
        Assert.Equal([true, false, false], one.Slices.Select(slice => slice.Negative));
        Assert.Equal("dicom", one.Geometry!.Source);
        Assert.Equal("LPS", one.Geometry.Orientation);
        Assert.Equal(Affine, one.Geometry.Affine);
        Assert.Null(one.BurnedInAnnotation);
        Assert.Equal((-125d, 275d), (manifest.Preprocessing.WindowLowHu, manifest.Preprocessing.WindowHighHu));

        // 10 HU at the feet, 110 HU two slices further up: (10 + 125) · 255 / 400 = 86.06…, (210 + 125) · 255 / 400 = 213.56….
        var slices = await VolumeImportTests.SlicesAsync(host, manifest, token);
        Assert.Equal((86, 214), (slices[0].Image.Pixels[0], slices[2].Image.Pixels[0]));
    }

    [Fact]
    public async Task Import_SameSeriesUnderAnotherName_HasTheSamePseudonymAndAnotherSecretAnotherOne()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        await using var other = await IngestHost.StartAsync(token);

        var first = await CaseAsync(host, "a");
        var again = await CaseAsync(host, "b");
        var elsewhere = await CaseAsync(other, "a");

        Assert.Equal(first, again);
        Assert.NotEqual(first, elsewhere);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(host.PseudonymKeyPath));
        }

        async Task<string> CaseAsync(IngestHost at, string name)
        {
            await Upload.To(name).File(FileRole.Negative, $"{name}.zip", DicomImage.Zip(Series("1.2.3"))).SendTableAsync(at, name, token);
            return Assert.Single((await at.Catalogue.GetAsync(name, token)).Cases).Case;
        }
    }

    [Fact]
    public async Task Import_FoldersOfOnePatientInOneArchive_AreCasesOnOneSide()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var files = new List<(string, byte[])>();
        for (var i = 0; i < 6; i++)
        {
            // Three patients with two series each.
            files.AddRange(Series($"1.2.{i}", patient: $"P{i / 2}").Select(file => ($"images/s{i}/{file.Name}", file.Content)));
            files.Add(($"labels/s{i}.nii.gz", NiftiFile.Compress(Volumes.Labels(affine: Affine))));
        }

        await Upload.To("d").File(FileRole.Image, "all.zip", DicomImage.Zip(files)).SendAsync(host, token);

        var cases = (await host.Catalogue.GetAsync("d", token)).Cases;
        Assert.Equal(6, cases.Count);
        var sides = cases.GroupBy(one => one.Patient, one => one.Slices[0].Split).ToArray();
        Assert.Equal(3, sides.Length);
        Assert.All(sides, side => Assert.Single(side.Distinct()));
        Assert.Equal(["test", "train", "validation"], sides.Select(side => side.First()).Order());
    }

    [Theory]
    [InlineData("P1", true)]
    [InlineData("P2", false)]
    public async Task Import_TableWithAPatientOnTwoSides_IsMarkedLeaky(string secondPatient, bool leaky)
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        var dataset = await Upload.To("d", header =>
            {
                header.Split = SplitPolicy.Table;
                header.SplitTable.Add(new SplitEntry { CaseId = "first", Split = "train" });
                header.SplitTable.Add(new SplitEntry { CaseId = "second", Split = "test" });
            })
            .File(FileRole.Negative, "first.zip", DicomImage.Zip(Series("1.2.3", patient: "P1")))
            .File(FileRole.Negative, "second.zip", DicomImage.Zip(Series("1.2.4", patient: secondPatient)))
            .SendAsync(host, token);

        Assert.Equal(leaky, dataset.Leaky);
    }

    [Fact]
    public async Task Import_NegativeFolderOfTwoSeries_IsTwoCases()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        var dataset = await Upload.To("d")
            .File(FileRole.Negative, "p1.zip", DicomImage.Zip([.. Series("1.2.3"), .. Series("1.2.4", prefix: "late")]))
            .SendTableAsync(host, "p1", token);

        Assert.Equal((2u, 6u), (dataset.Splits.Single().Cases, dataset.Splits.Single().Slices));
    }

    [Fact]
    public async Task Import_FolderWithAScout_TakesTheSeriesOfTheLabelsAndSaysWhatItLeftOut()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        var dataset = await Upload.To("d")
            .File(FileRole.Image, "p1.zip", DicomImage.Zip([.. Series("1.2.3"), .. Series("1.2.4", spacing: 3, prefix: "scout")]))
            .File(FileRole.Label, "p1.nii", Volumes.Labels(affine: Affine))
            .SendAsync(host, token);

        Assert.Contains("1 other series", Assert.Single(dataset.Warnings), StringComparison.Ordinal);
        Assert.Single((await host.Catalogue.GetAsync("d", token)).Cases);
    }

    [Fact]
    public async Task Import_FolderWithASeriesThatIsNoVolume_TakesTheSeriesOfTheLabels()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        // Localizers are seen from the front and from the side.
        (string, byte[])[] localizers =
        [
            ("loc0.dcm", Localizer([1, 0, 0, 0, 0, -1])), ("loc1.dcm", Localizer([0, 1, 0, 0, 0, -1])),
        ];
        var dataset = await Upload.To("d")
            .File(FileRole.Image, "p1.zip", DicomImage.Zip([.. localizers, .. Series("1.2.3")]))
            .File(FileRole.Label, "p1.nii", Volumes.Labels(affine: Affine))
            .SendAsync(host, token);

        Assert.Contains("1 other series", Assert.Single(dataset.Warnings), StringComparison.Ordinal);
        await RefusesAsync(
            Upload.To("d").File(FileRole.Image, "p1.zip", DicomImage.Zip(localizers)).File(FileRole.Label, "p1.nii", Volumes.Labels(affine: Affine)), "p1/loc1.dcm");

        static byte[] Localizer(double[] orientation) => new DicomImage
        {
            Width = Side,
            Height = Side,
            Pixels = new int[Side * Side],
            Position = [0, 0, 0],
            Orientation = orientation,
            Series = "1.2.4",
            PatientId = "P1",
        }.Write();
    }

    [Fact]
    public async Task Import_FoldersOfOneNameInTwoArchives_AreRefusedByThatName()
    {
        (string, byte[])[] one = [.. Series("1.2.3", "P1").Select(file => ($"DICOM/{file.Name}", file.Content))];
        (string, byte[])[] two = [.. Series("1.2.5", "P2").Select(file => ($"DICOM/{file.Name}", file.Content))];

        await RefusesAsync(
            Upload.To("d")
                .File(FileRole.Image, "a.zip", DicomImage.Zip(one)).File(FileRole.Label, "a.nii", Volumes.Labels(affine: Affine))
                .File(FileRole.Image, "b.zip", DicomImage.Zip(two)).File(FileRole.Label, "b.nii", Volumes.Labels(affine: Affine)),
            "DICOM", "name of several folders");
    }

    [Theory]
    [InlineData("a", null)]
    [InlineData("inner", null)]
    [InlineData(null, "a.zip")]
    [InlineData(null, "inner")]
    public async Task Import_TableOfFilesOrCases_FindsASeriesByEachOfItsNames(string? ofCase, string? file)
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        var dataset = await Upload.To("d", header =>
            {
                header.Split = SplitPolicy.Table;
                header.SplitTable.Add(new SplitEntry { CaseId = ofCase ?? "", File = file ?? "", Split = "test" });
            })
            .File(FileRole.Negative, "a.zip", DicomImage.Zip(Series("1.2.3").Select(one => ($"inner/{one.Name}", one.Content))))
            .SendAsync(host, token);

        Assert.Equal("test", Assert.Single(dataset.Splits).Split);
    }

    [Fact]
    public async Task Import_FolderWithTwoSeriesOfTheSameVoxels_IsRefused() => await RefusesAsync(
        Upload.To("d")
            .File(FileRole.Image, "p1.zip", DicomImage.Zip([.. Series("1.2.3"), .. Series("1.2.4", prefix: "late")]))
            .File(FileRole.Label, "p1.nii", Volumes.Labels(affine: Affine)),
        "p1", "2 series");

    [Fact]
    public async Task Import_SeriesWithoutLabels_IsRefused() => await RefusesAsync(
        Upload.To("d").File(FileRole.Image, "p1.zip", DicomImage.Zip(Series("1.2.3"))), "p1", "no label volume");

    [Fact]
    public async Task Import_LabelsOfOtherVoxels_IsRefused() => await RefusesAsync(
        Upload.To("d").File(FileRole.Image, "p1.zip", DicomImage.Zip(Series("1.2.3"))).File(FileRole.Label, "p1.nii", Volumes.Labels()),
        "p1", "p1.nii", "apart");

    [Fact]
    public async Task Import_Mr_IsRefused() => await RefusesAsync(
        Upload.To("d").File(FileRole.Negative, "p1.zip", DicomImage.Zip([.. Series("1.2.3"), .. Series("1.2.4", modality: "MR", prefix: "mr")])),
        "mr0.dcm", "MR");

    [Fact]
    public async Task Import_BurnedInAnnotation_IsRefusedUnlessAllowedAndThenRecorded()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        await RefusesAsync(Burned(_ => { }), "p1", "burned into its pixels", "--allow-burned-in");
        await Burned(header => header.AllowBurnedIn = true).SendAsync(host, token);

        Assert.True(Assert.Single((await host.Catalogue.GetAsync("d", token)).Cases).BurnedInAnnotation);

        static Upload Burned(Action<ImportHeader> configure) => Upload.To("d", configure)
            .File(FileRole.Image, "p1.zip", DicomImage.Zip(Series("1.2.3", burnedIn: "YES")))
            .File(FileRole.Label, "p1.nii", Volumes.Labels(affine: Affine));
    }

    [Theory]
    [InlineData("p1.dcm")]
    [InlineData("p1/1-1.dcm")]
    [InlineData("labels/ct/1-1.dcm")]
    public async Task Import_DicomSegmentation_LabelsTheSeriesOfItsName(string path)
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        // Segment 5 is in one pixel of the second slice, 6 in one of the third: column 2 of row 1, column 0 of row 31.
        var mask = (int at) => Enumerable.Range(0, Side * Side).Select(n => n == at ? 1 : 0).ToArray();
        var segmentation = new DicomFrames
        {
            Width = Side,
            Height = Side,
            Frames = [([0, 0, 2], mask(Side + 2)), ([0, 0, 4], mask(31 * Side))],
            Shown = [5, 6],
            Segments = [(5, "Liver", "10200004"), (6, "Spleen", "78961009")],
        }.Write();

        await Upload.To("d", header => header.LabelMap.Add(new Dictionary<uint, uint> { [5] = 1, [6] = 3 }))
            .File(FileRole.Image, "p1.zip", DicomImage.Zip(Series("1.2.3").Select(file => ($"ct/{file.Name}", file.Content))))
            .File(FileRole.Label, "seg.zip", DicomImage.Zip((path, segmentation)))
            .SendAsync(host, token);

        var slices = await VolumeImportTests.SlicesAsync(host, await host.Catalogue.GetAsync("d", token), token);
        Assert.All(slices[0].Labels.Pixels, label => Assert.Equal(0, label));
        Assert.Equal((1, 1), (slices[1].Labels.Row(1)[2], slices[1].Labels.Pixels.Count(label => label > 0)));
        Assert.Equal((3, 1), (slices[2].Labels.Row(31)[0], slices[2].Labels.Pixels.Count(label => label > 0)));
    }

    [Fact]
    public async Task Import_SegmentationOfOtherVoxels_IsRefused() => await RefusesAsync(
        Upload.To("d")
            .File(FileRole.Image, "p1.zip", DicomImage.Zip(Series("1.2.3")))
            .File(FileRole.Label, "p1.dcm", new DicomFrames
            {
                Width = Side,
                Height = Side,
                Frames = [([0, 0.5, 2], new int[Side * Side])],
                Shown = [1],
                Segments = [(1, "Liver", "10200004")],
            }.Write()),
        "p1.dcm");

    [Fact]
    public async Task Import_SegmentationWithoutSeries_IsRefused() => await RefusesAsync(
        Upload.To("d").Slice("a_slice1.png").File(FileRole.Label, "p1.dcm", new DicomFrames
        {
            Width = 1,
            Height = 1,
            Frames = [([0, 0, 0], [1])],
            Shown = [1],
            Segments = [(1, "Liver", "10200004")],
        }.Write()),
        "p1.dcm", "without image");

    [Fact]
    public async Task Import_MissingSlice_IsAWarning()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var files = Series("1.2.3", slices: 8).ToList();
        files.RemoveAt(4);

        var dataset = await Upload.To("d").File(FileRole.Negative, "p1.zip", DicomImage.Zip(files)).SendTableAsync(host, "p1", token);

        Assert.Contains("missing", Assert.Single(dataset.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_RealSeries_HasTheGeometryOfItsHeaders()
    {
        var token = TestContext.Current.CancellationToken;
        var folder = Repository.PathOf("..", "shared", "data", "dicom", "series", "ircadb01");
        Assert.SkipUnless(Directory.Exists(folder), "shared/data/dicom is not beside the repository.");
        await using var host = await IngestHost.StartAsync(token);
        var zip = DicomImage.Zip(Directory.GetFiles(folder).Select(path => (Path.GetFileName(path), File.ReadAllBytes(path))));

        await Upload.To("ircad", header => header.Size = 224).File(FileRole.Negative, "ircadb01.zip", zip).SendTableAsync(host, "ircadb01", token);

        var one = Assert.Single((await host.Catalogue.GetAsync("ircad", token)).Cases);
        Assert.Equal(24, one.Slices.Count);
        Assert.Equal([512, 512, 24], one.Geometry!.Lengths);
        Assert.InRange(one.Geometry.RowSpacingMm, 0.5, 1);
    }

    /// <summary>Slices of 32×32 pixels, 2 mm apart, of 10 HU at the feet and 100 more from slice to slice.</summary>
    internal static IEnumerable<(string Name, byte[] Content)> Series(
        string series, string patient = "P1", int slices = 3, double spacing = 1, string? burnedIn = null, string modality = "CT", string prefix = "im") =>
        Enumerable.Range(0, slices).Select(k => ($"{prefix}{k}.dcm", new DicomImage
        {
            Width = Side,
            Height = Side,
            Pixels = [.. Enumerable.Repeat(10 + (100 * k), Side * Side)],
            Position = [0, 0, 2 * k],
            Spacing = [spacing, spacing],
            Series = series,
            PatientId = patient,
            Study = $"9.{patient.Length}",
            Modality = modality,
            BurnedIn = burnedIn,
        }.Write()));

    private static async Task RefusesAsync(Upload upload, params string[] expected)
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        var error = await upload.SendBadAsync(host, token);

        Assert.NotEmpty(error.Violations);
        Assert.All(expected, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }
}
