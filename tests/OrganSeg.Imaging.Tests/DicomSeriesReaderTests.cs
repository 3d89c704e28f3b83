using OrganSeg.Imaging.Dicom;
using OrganSeg.Testing;

namespace OrganSeg.Imaging.Tests;

/// <summary>Files given one by one, written by an independent writer.</summary>
public sealed class DicomSeriesReaderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Add_FilesOfTwoSeriesMixed_AVolumeOfEach()
    {
        var reader = new DicomSeriesReader(1 << 20);
        foreach (var (z, series) in new[] { (2, "1.2.3"), (0, "1.2.4"), (0, "1.2.3"), (1, "1.2.4"), (1, "1.2.3") })
        {
            await reader.AddAsync(Image(z, series).Write(), $"{series}-{z}", Token);
        }

        Assert.Equal(["1.2.3", "1.2.4"], reader.Series.Select(series => series.Series));
        var volumes = reader.Series.Select(series => reader.Assemble(series, "series").Volume).ToArray();
        Assert.Equal([3, 2], volumes.Select(volume => volume.SliceCount));
        Assert.Equal([0, 10, 20], Enumerable.Range(0, 3).Select(z => (int)volumes[0].Window(z, 0, 255).Pixels[0]));
        Assert.Empty(reader.Series);
    }

    [Fact]
    public async Task Add_Stream_AsMemory()
    {
        var reader = new DicomSeriesReader(1 << 20);
        using var image = new MemoryStream(Image(1).Write());
        using var other = new MemoryStream("no DICOM"u8.ToArray());

        var identity = await reader.AddAsync(image, "image", Token);

        Assert.Equal(new DicomIdentity("MRN-4711", "1.2", "1.2.3", "CT", null, DicomFileKind.Image), identity);
        Assert.Null(await reader.AddAsync(other, "text", Token));
        Assert.Equal(10, reader.Assemble(identity!, "series").Volume.Window(0, 0, 255).Pixels[0]);
    }

    [Theory]
    [InlineData("NO", "NO", false)]
    [InlineData("NO", "YES", true)]
    [InlineData("YES", null, true)]
    [InlineData("NO", null, null)]
    [InlineData(null, null, null)]
    public async Task Series_BurnedInAnnotation_IsThatOfAnyFile(string? first, string? second, bool? expected)
    {
        var reader = new DicomSeriesReader(1 << 20);

        await reader.AddAsync(Image(0, burned: first).Write(), "first", Token);
        await reader.AddAsync(Image(1, burned: second).Write(), "second", Token);

        Assert.Equal(expected, Assert.Single(reader.Series).BurnedInAnnotation);
    }

    [Fact]
    public async Task Add_NoCtImage_IsNamedAndNotKept()
    {
        var reader = new DicomSeriesReader(1 << 20);

        var identity = await reader.AddAsync(
            new DicomImage { Width = 1, Height = 1, Pixels = [0], Position = [0, 0, 0], Modality = "MR" }.Write(), "scout", Token);
        var odd = DicomSeriesReader.Identify(
            new DicomImage { Width = 1, Height = 1, Pixels = [0], Position = [0, 0, 0], Modality = "Doe^Jane" }.Write(), "odd");

        Assert.Equal(("MR", DicomFileKind.Image), (identity!.Modality, identity.Kind));
        Assert.Empty(reader.Series);
        // What is no code string might be anything.
        Assert.Equal("", odd!.Modality);
        Assert.DoesNotContain("4711", identity.ToString());
    }

    [Fact]
    public async Task Assemble_TwoPatientsInOneSeries_IsRefused()
    {
        var reader = new DicomSeriesReader(1 << 20);
        await reader.AddAsync(Image(0).Write(), "first", Token);
        await reader.AddAsync(Image(1, patient: "MRN-4712").Write(), "second", Token);

        var error = Assert.Throws<OrganSegException>(() => reader.Assemble(reader.Series[0], "series"));

        Assert.StartsWith("second: ", error.Message);
        Assert.DoesNotContain("MRN", error.Message);
        Assert.Empty(reader.Series);
    }

    [Fact]
    public async Task Add_MoreThanFits_IsRefusedAndTheRestStays()
    {
        // Two images of 20 pixels of two bytes fit, with 132 bytes and the elements of a file.
        var reader = new DicomSeriesReader(1000);
        using var large = new MemoryStream(new DicomImage { Width = 30, Height = 30, Pixels = new int[900], Position = [0, 0, 5] }.Write());

        await reader.AddAsync(Image(0).Write(), "first", Token);
        var file = await Assert.ThrowsAsync<OrganSegException>(() => reader.AddAsync(large, "large", Token));
        var voxels = await Assert.ThrowsAsync<OrganSegException>(() => reader.AddAsync(large.ToArray(), "large", Token));
        await reader.AddAsync(Image(1).Write(), "second", Token);

        Assert.StartsWith("large: ", file.Message);
        Assert.StartsWith("large: ", voxels.Message);
        Assert.Equal(2, reader.Assemble(reader.Series[0], "series").Volume.SliceCount);
    }

    // By hand: of −5 … 14, those from −3 to 2 become −1024 whichever end is called the value.
    [Theory]
    [InlineData(-3, 2)]
    [InlineData(2, -3)]
    public async Task Assemble_RangeOfPadding_IsAir(short value, short limit)
    {
        var reader = new DicomSeriesReader(1 << 20);
        var image = new DicomImage
        {
            Width = 20,
            Height = 1,
            Pixels = [.. Enumerable.Range(-5, 20)],
            Position = [0, 0, 0],
            Padding = (ushort)value,
            PaddingLimit = (ushort)limit,
        };

        await reader.AddAsync(image.Write(), "image", Token);

        var row = reader.Assemble(reader.Series[0], "series").Volume.Window(0, -1034, -779).Pixels;
        Assert.Equal([255, 255, 10, 10, 10, 10, 10, 10, 255], row.Take(9).Select(grey => (int)grey));
        Assert.All(row.Skip(8), grey => Assert.Equal(255, grey));
    }

    private static DicomImage Image(int z, string series = "1.2.3", string? burned = null, string patient = "MRN-4711") => new()
    {
        Width = 5,
        Height = 4,
        Pixels = [.. Enumerable.Range(0, 20).Select(i => (10 * z) + i)],
        Position = [0, 0, z],
        Series = series,
        BurnedIn = burned,
        PatientId = patient,
    };
}
