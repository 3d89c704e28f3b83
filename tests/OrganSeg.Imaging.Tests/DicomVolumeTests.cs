using System.Text;
using OrganSeg.Imaging.Volumes;
using OrganSeg.Testing;

namespace OrganSeg.Imaging.Tests;

/// <summary>Zips of DICOM series, written by an independent writer.</summary>
public sealed class DicomVolumeTests
{
    private const int Width = 5;
    private const int Height = 4;
    private const long Most = 1 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(DicomImage.ImplicitLittle)]
    [InlineData(DicomImage.ExplicitLittle)]
    [InlineData(DicomImage.ExplicitBig)]
    [InlineData(DicomImage.Deflated)]
    public async Task Read_AnyUncompressedSyntax_SameGreyInTheSamePlace(string syntax)
    {
        var volume = (await ReadAsync([.. Enumerable.Range(0, 3).Select(z => Image(z, syntax: syntax))])).Volume;

        Assert.Equal([Width, Height, 3], volume.Geometry.Lengths);
        // Front up, right at the left: the image as DICOM has it. HU = 10·z + index, shown 0…255 as itself.
        for (var z = 0; z < 3; z++)
        {
            Assert.Equal(Enumerable.Range(0, 20).Select(i => (byte)((10 * z) + i)), volume.Window(z, 0, 255).Pixels);
        }
    }

    // By hand. Rows run to the left and columns to the back, 2 mm and 0.5 mm apart, slices 3 mm; DICOM's x and y are NIfTI's
    // with the other sign.
    [Fact]
    public async Task Read_Geometry_IsTheAffineOfNifti()
    {
        var images = Enumerable.Range(0, 3).Select(z => new DicomImage
        {
            Width = Width,
            Height = Height,
            Pixels = new int[20],
            Position = [10, -20, 30 + (3 * z)],
            Spacing = [0.5, 2],
        });

        var geometry = (await ReadAsync([.. images])).Volume.Geometry;

        Assert.Equal([-2, 0, 0, -10, 0, -0.5, 0, 20, 0, 0, 3, 30], geometry.Affine);
        Assert.Equal("LPS", geometry.Orientation);
        Assert.Equal(0.003, geometry.VoxelMillilitres, 1e-12);
    }

    [Fact]
    public async Task Read_NamesInAnyOrder_SlicesLieByTheirPlaces()
    {
        var files = new[] { 2, 0, 3, 1 }.Select((z, i) => ($"image{i}", Image(z).Write()));

        var volume = (await ReadAsync(DicomImage.Zip(files))).Volume;

        Assert.Equal([0, 10, 20, 30], Enumerable.Range(0, 4).Select(z => (int)volume.Window(z, 0, 255).Pixels[0]));
    }

    [Fact]
    public async Task Read_FeetLastSeries_SlicesRiseToTheHead()
    {
        // Rows to the right, columns to the back: the normal points to the feet.
        var images = Enumerable.Range(0, 3).Select(z => new DicomImage
        {
            Width = Width,
            Height = Height,
            Pixels = [.. Enumerable.Repeat(z, 20)],
            Position = [0, 0, -5 * z],
            Orientation = [-1, 0, 0, 0, 1, 0],
        });

        var volume = (await ReadAsync([.. images])).Volume;

        Assert.Equal("RPI", volume.Geometry.Orientation);
        Assert.Equal([2, 1, 0], Enumerable.Range(0, 3).Select(z => (int)volume.Window(z, 0, 255).Pixels[0]));
    }

    [Theory]
    // Unsigned, 12 bits stored: the four bits above are noise. HU = 2·n − 100.
    [InlineData(false, 12, 0xF064, 2, -100, 100)]
    // Signed, 12 bits: 0xFCE is −50.
    [InlineData(true, 12, 0xFCE, -2, 0, 100)]
    [InlineData(true, 16, -50, -2, 0, 100)]
    [InlineData(false, 16, 0xFFFF, 0.001, 0, 66)]
    public async Task Read_StoredNumbers_BecomeHu(bool negative, ushort bits, int stored, double slope, double intercept, int grey)
    {
        var image = new DicomImage
        {
            Width = 2,
            Height = 1,
            Pixels = [stored, stored],
            Position = [0, 0, 0],
            IsSigned = negative,
            BitsStored = bits,
            Slope = slope,
            Intercept = intercept,
        };

        Assert.Equal(grey, (await ReadAsync([image])).Volume.Window(0, 0, 255).Pixels[0]);
    }

    [Fact]
    public async Task Read_Padding_IsAir()
    {
        var image = new DicomImage { Width = 2, Height = 1, Pixels = [2000, 30], Position = [0, 0, 0], Padding = 2000, Intercept = -1000 };

        Assert.Equal([0, 41], (await ReadAsync([image])).Volume.Window(0, -1024, -924).Pixels.Select(grey => (int)grey).Select(grey => grey == 0 ? 0 : 41));
        Assert.True((await ReadAsync([image])).Volume.Window(0, -1030, -1020).Pixels[0] < 255);
    }

    // Of twelve bits of a value none says −32768 or 63536: they would become 0 and 2096, which are voxels, too.
    [Theory]
    [InlineData(true, 0x8000, 0)]
    [InlineData(false, 63_536, 2096)]
    public async Task Read_PaddingThatTheBitsOfAValueCannotHold_IsAirAndNothingElseIs(bool negative, int padding, int value)
    {
        var image = new DicomImage
        {
            Width = 3,
            Height = 1,
            Pixels = [padding, value, value + 1],
            Position = [0, 0, 0],
            IsSigned = negative,
            BitsStored = 12,
            Padding = (ushort)padding,
            Intercept = -value,
        };

        var greys = (await ReadAsync([image])).Volume.Window(0, -10, 245).Pixels;

        Assert.Equal([0, 10, 11], greys.Select(grey => (int)grey));
    }

    [Fact]
    public async Task Read_PlacesFarBeyondAnyBody_AreCountedWithoutOverflow()
    {
        var series = await ReadAsync([.. new[] { 0, 0.002, 0.004, 0.006, 3e6, 6e6 }.Select(z => Image(z))]);

        Assert.Contains("slices are missing", Assert.Single(series.Warnings));
    }

    [Fact]
    public async Task Read_SlicesOfDifferentScaleThatTakeTooMuch_AreRefused()
    {
        DicomImage[] images = [.. Enumerable.Range(0, 2).Select(z => new DicomImage { Width = 500, Height = 500, Pixels = new int[250_000], Position = [0, 0, z], Slope = 1 + z })];

        var error = await Assert.ThrowsAsync<OrganSegException>(() => ReadAsync(images));

        Assert.Contains("scales of their own", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_SlicesOfDifferentScale_AreHuAll()
    {
        DicomImage[] images =
        [
            new() { Width = 2, Height = 1, Pixels = [50, 60], Position = [0, 0, 0], Slope = 2 },
            new() { Width = 2, Height = 1, Pixels = [50, 60], Position = [0, 0, 1], Slope = 3, Intercept = -50 },
        ];

        var volume = (await ReadAsync(images)).Volume;

        Assert.Equal([100, 120], volume.Window(0, 0, 255).Pixels.Select(grey => (int)grey));
        Assert.Equal([100, 130], volume.Window(1, 0, 255).Pixels.Select(grey => (int)grey));
    }

    [Fact]
    public async Task Read_OddSeries_IsToldAndRead()
    {
        var missing = await ReadAsync([.. new[] { 0, 1, 2, 5, 6 }.Select(z => Image(z))]);
        var uneven = await ReadAsync([Image(0), Image(1), Image(2.2)]);
        var tilted = await ReadAsync([.. Enumerable.Range(0, 3).Select(z => Image(z, shift: 0.2 * z))]);
        var twice = await ReadAsync([Image(0), Image(1), Image(1)]);
        var single = await ReadAsync([Image(0)]);
        var even = await ReadAsync([Image(0), Image(1), Image(2)]);

        Assert.Contains("About 2 slices are missing", Assert.Single(missing.Warnings));
        Assert.Contains("unevenly", Assert.Single(uneven.Warnings));
        // The angle whose tangent is 0.2.
        Assert.Contains("11.3°", Assert.Single(tilted.Warnings));
        Assert.Contains("twice", Assert.Single(twice.Warnings));
        Assert.Equal(2, twice.Volume.SliceCount);
        Assert.Contains("one image", Assert.Single(single.Warnings));
        Assert.Empty(even.Warnings);
    }

    [Theory]
    [InlineData("two series", "2 series")]
    [InlineData("other size", "image1")]
    [InlineData("other orientation", "image1")]
    [InlineData("same place", "image1")]
    [InlineData("not CT", "(0008,0060)")]
    [InlineData("no position", "(0020,0032)")]
    [InlineData("no spacing", "(0028,0030)")]
    [InlineData("short pixels", "(7FE0,0010)")]
    [InlineData("no image", "without any DICOM image")]
    [InlineData("cut zip", "damaged zip")]
    [InlineData("cut file", "image0")]
    [InlineData("cut before pixels", "cut off")]
    [InlineData("beside the line", "5 mm beside the line from series.zip/image0 to series.zip/image2")]
    [InlineData("too many voxels", "MiB")]
    public async Task Read_WrongInput_NamesWhatIsWrong(string what, string expected)
    {
        var (first, second) = (Image(0), Image(1));
        var zip = what switch
        {
            "two series" => Files(first, Image(1, series: "1.2.4")),
            "other size" => Files(first, new DicomImage { Width = 4, Height = 5, Pixels = new int[20], Position = [0, 0, 1] }),
            "other orientation" => Files(first, new DicomImage { Width = Width, Height = Height, Pixels = new int[20], Position = [0, 0, 1], Orientation = [0, 1, 0, 1, 0, 0] }),
            "same place" => Files(first, new DicomImage { Width = Width, Height = Height, Pixels = new int[20], Position = [0, 0, 0] }),
            "not CT" => Files(new DicomImage { Width = 1, Height = 1, Pixels = [0], Position = [0, 0, 0], Modality = "MR" }),
            "no position" => Files(new DicomImage { Width = 1, Height = 1, Pixels = [0], Position = [0, 0, 0], Without = [0x0020_0032] }),
            "no spacing" => Files(new DicomImage { Width = 1, Height = 1, Pixels = [0], Position = [0, 0, 0], Without = [0x0028_0030] }),
            "short pixels" => Files(new DicomImage { Width = 9, Height = 9, Pixels = [0], Position = [0, 0, 0] }),
            "no image" => DicomImage.Zip(("readme.txt", "nothing"u8.ToArray())),
            "cut zip" => Files(first, second)[..^30],
            "cut file" => DicomImage.Zip(("image0", first.Write()[..^11])),
            "cut before pixels" => DicomImage.Zip(("image0", first.Write()[..first.Write().AsSpan().LastIndexOf(stackalloc byte[] { 0xE0, 0x7F, 0x10, 0x00 })])),
            "beside the line" => Files(first, Image(1, shift: 5), Image(2)),
            _ => Files([.. Enumerable.Range(0, 3).Select(z => new DicomImage { Width = 500, Height = 500, Pixels = new int[250_000], Position = [0, 0, z] })]),
        };

        var error = await Assert.ThrowsAsync<OrganSegException>(() => ReadAsync(zip));

        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public async Task Read_Bombs_AreRefusedBeforeTheyAreUnpacked()
    {
        var head = Image(0).Write();
        var bomb = DicomImage.Zip(("image0", [.. head[..300], .. new byte[257 << 20]]));
        var many = DicomImage.Zip(Enumerable.Range(0, 10_001).Select(i => ($"{i}", Array.Empty<byte>())));
        var deflated = Image(0, syntax: DicomImage.Deflated).Write();

        Assert.Contains("at most 17", (await Assert.ThrowsAsync<OrganSegException>(() => ReadAsync(bomb))).Message);
        Assert.Contains("10000 entries", (await Assert.ThrowsAsync<OrganSegException>(() => ReadAsync(many, 64 << 20))).Message);
        Assert.Contains("damaged", (await Assert.ThrowsAsync<OrganSegException>(() => ReadAsync(DicomImage.Zip(("a", [.. deflated[..162], 0xFF, 0xFF, 0xFF]))))).Message);
    }

    [Fact]
    public async Task Read_MutatedFiles_EndInAVolumeOrANamedError()
    {
        var random = new Random(20261126);
        byte[][] seeds = [.. new[] { DicomImage.ImplicitLittle, DicomImage.ExplicitLittle, DicomImage.ExplicitBig, DicomImage.Deflated }.Select(syntax => Image(1, syntax: syntax).Write())];
        for (var i = 0; i < 4000; i++)
        {
            var bytes = (byte[])seeds[i % seeds.Length].Clone();
            for (var changes = random.Next(1, 6); changes > 0; changes--)
            {
                bytes[random.Next(128, bytes.Length)] = (byte)random.Next(256);
            }

            var file = random.Next(4) == 0 ? bytes[..random.Next(132, bytes.Length)] : bytes;
            try
            {
                await ReadAsync(DicomImage.Zip(("image", file)));
            }
            catch (OrganSegException error)
            {
                Assert.Contains(error.Kind, (ErrorKind[])[ErrorKind.Invalid, ErrorKind.NotReady]);
            }
        }
    }

    [Fact]
    public async Task WriteLabels_SameAffine_AndNothingOfThePatient()
    {
        var volume = await ReadAsync([.. Enumerable.Range(0, 3).Select(z => Image(z, shift: 0.1 * z))]);
        var labels = new LabelVolume(volume.Volume.Geometry);
        labels.Put(1, new ByteImage(Width, Height, [.. Enumerable.Repeat((byte)3, 20)]));
        using var file = new MemoryStream();

        await volume.WriteLabelsAsync(file, labels, compress: false, Token);

        file.Position = 0;
        var back = (await VolumeFile.ReadAsync(file, "labels", Most, Token)).Volume;
        Assert.Equal(volume.Volume.Geometry.Lengths, back.Geometry.Lengths);
        Assert.All(volume.Volume.Geometry.Affine.Zip(back.Geometry.Affine), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        Assert.All(back.Window(1, 0, 255).Pixels, grey => Assert.Equal(3, grey));
        Assert.All(back.Window(0, 0, 255).Pixels, grey => Assert.Equal(0, grey));
        Assert.DoesNotContain("Doe", Encoding.ASCII.GetString(file.ToArray()));
    }

    // 3D-IRCADb-01. ImagePositionPatient, PixelSpacing and the sum of all windowed pixels, 364810611, were read with pydicom and
    // numpy; a few pixels lie exactly between two grey values, which either may round to.
    [Fact]
    public async Task Read_RealSeries_LiesWhereItsHeadersSay()
    {
        var files = Directory.EnumerateFiles(Images.Shared("dicom", "series", "ircadb01")).Select(file => (Path.GetFileName(file), File.ReadAllBytes(file)));

        var series = await ReadAsync(DicomImage.Zip(files), 64 << 20);

        Assert.Empty(series.Warnings);
        Assert.Equal([512, 512, 24], series.Volume.Geometry.Lengths);
        double[] affine = [-0.569999992847443, 0, 0, 0, 0, -0.569999992847443, 0, 0, 0, 0, 36.8000005483634 / 23, 80.0000011920929];
        Assert.All(affine.Zip(series.Volume.Geometry.Affine), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
        var sum = Enumerable.Range(0, 24).Sum(slice => series.Volume.Window(slice, -125, 275).Pixels.Sum(grey => (long)grey));
        Assert.InRange(sum, 364810611 * 0.9999, 364810611 * 1.0001);
    }

    // The tolerances, in grey values, are what the two lossy encoders have lost.
    [Theory]
    [InlineData("1.2.840.10008.1.2", 0)]
    [InlineData("1.2.840.10008.1.2.1.99", 0)]
    [InlineData("1.2.840.10008.1.2.2", 0)]
    [InlineData("1.2.840.10008.1.2.4.57", 0)]
    [InlineData("1.2.840.10008.1.2.4.70", 0)]
    [InlineData("1.2.840.10008.1.2.4.80", 0)]
    [InlineData("1.2.840.10008.1.2.4.81", 2)]
    [InlineData("1.2.840.10008.1.2.4.90", 0)]
    [InlineData("1.2.840.10008.1.2.4.91", 3)]
    [InlineData("1.2.840.10008.1.2.5", 0)]
    public async Task Read_RealTransferSyntax_SamePixelsAsUncompressed(string syntax, int tolerance)
    {
        var folder = Images.Shared("dicom", "transfer-syntaxes");
        Assert.SkipUnless(
            !(syntax.Contains(".4.", StringComparison.Ordinal) || syntax.EndsWith(".5", StringComparison.Ordinal)) || File.Exists("/usr/bin/gdcmconv"),
            "gdcmconv is not installed (package libgdcm-tools).");
        var file = Directory.EnumerateFiles(folder, $"*_{syntax}.dcm").Single();
        var plain = Directory.EnumerateFiles(folder, "*_1.2.840.10008.1.2.1.dcm").Single();

        var image = (await ReadAsync(DicomImage.Zip(("image", File.ReadAllBytes(file))), 64 << 20)).Volume.Window(0, -125, 275);
        var expected = (await ReadAsync(DicomImage.Zip(("image", File.ReadAllBytes(plain))), 64 << 20)).Volume.Window(0, -125, 275);

        Assert.InRange(expected.Pixels.Zip(image.Pixels).Max(pair => Math.Abs(pair.First - pair.Second)), 0, tolerance);
        Assert.True(expected.Pixels.Distinct().Count() > 100);
    }

    private static DicomImage Image(double z, string syntax = DicomImage.ExplicitLittle, double shift = 0, string series = "1.2.3") => new()
    {
        Width = Width,
        Height = Height,
        Pixels = [.. Enumerable.Range(0, Width * Height).Select(i => (int)(10 * z) + i)],
        Position = [0, shift, z],
        Syntax = syntax,
        Series = series,
    };

    private static byte[] Files(params DicomImage[] images) => DicomImage.Zip(images.Select((image, i) => ($"image{i}", image.Write())));

    private static Task<IVolumeFile> ReadAsync(DicomImage[] images) => ReadAsync(Files(images));

    private static async Task<IVolumeFile> ReadAsync(byte[] zip, long most = Most)
    {
        using var stream = new MemoryStream(zip);
        return await VolumeFile.ReadAsync(stream, "series.zip", most, Token);
    }
}
