using OrganSeg.Imaging.Dicom;
using OrganSeg.Imaging.Volumes;
using OrganSeg.Testing;

namespace OrganSeg.Imaging.Tests;

/// <summary>Enhanced multi-frame CT, written by an independent writer.</summary>
public sealed class DicomEnhancedTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(DicomImage.ImplicitLittle, true)]
    [InlineData(DicomImage.ImplicitLittle, false)]
    [InlineData(DicomImage.ExplicitLittle, true)]
    [InlineData(DicomImage.ExplicitLittle, false)]
    [InlineData(DicomImage.ExplicitBig, false)]
    [InlineData(DicomImage.Deflated, true)]
    public async Task Assemble_FramesInAnyOrder_SameAsSingleFrames(string syntax, bool isDefined)
    {
        var enhanced = await AssembleAsync(new DicomFrames
        {
            Width = 5,
            Height = 4,
            Frames = [.. new[] { 2, 0, 1 }.Select(z => (Position(z), Pixels(z)))],
            Spacing = [0.5, 2],
            Syntax = syntax,
            IsDefined = isDefined,
        }.Write());

        var single = await AssembleAsync([.. Enumerable.Range(0, 3).Select(z => new DicomImage
        {
            Width = 5,
            Height = 4,
            Pixels = Pixels(z),
            Position = Position(z),
            Spacing = [0.5, 2],
        }.Write())]);
        Assert.Equal(single.Volume.Geometry.Affine, enhanced.Volume.Geometry.Affine);
        Assert.Equal(single.Volume.Planes, enhanced.Volume.Planes);
        Assert.Empty(enhanced.Warnings);
    }

    // By hand: 50 · 2 and 60 · 2; 50 · 3 − 50 and 60 · 3 − 50.
    [Fact]
    public async Task Assemble_AScaleForEachFrame_IsHu()
    {
        var volume = (await AssembleAsync(new DicomFrames
        {
            Width = 2,
            Height = 1,
            Frames = [([0, 0, 0], [50, 60]), ([0, 0, 1], [50, 60])],
            Scales = [(2, 0), (3, -50)],
        }.Write())).Volume;

        Assert.Equal([100, 120], volume.Window(0, 0, 255).Pixels.Select(grey => (int)grey));
        Assert.Equal([100, 130], volume.Window(1, 0, 255).Pixels.Select(grey => (int)grey));
    }

    [Theory]
    [InlineData("groups", "(5200,9230) describes 0 of 2 frames")]
    [InlineData("positions", "image frame 1: (0020,0032) is missing")]
    [InlineData("same place", "image frame 2: lies in the same place as image frame 1")]
    [InlineData("many", "image: brings more voxels than fit")]
    public async Task Add_WrongFrames_NamesWhatIsWrong(string what, string expected)
    {
        var file = new DicomFrames
        {
            Width = what == "many" ? 400 : 2,
            Height = what == "many" ? 700 : 1,
            Frames = [.. Enumerable.Range(0, 2).Select(z => (Position(what == "same place" ? 0 : z), new int[what == "many" ? 280_000 : 2].Select(_ => z).ToArray()))],
            HasGroups = what != "groups",
            HasPositions = what != "positions",
        };

        var error = await Assert.ThrowsAsync<OrganSegException>(() => AssembleAsync(file.Write()));

        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.Contains(expected, error.Message);
    }

    [Theory]
    [InlineData("--rle")]
    [InlineData("--jpegls")]
    [InlineData("--j2k")]
    public async Task Assemble_CompressedFrames_SameAsRaw(string compression)
    {
        var gdcmconv = SystemTool.Find("gdcmconv");
        Assert.SkipWhen(gdcmconv is null, "gdcmconv is not installed (package libgdcm-tools).");
        using var folder = new TemporaryFolder();
        var random = new Random(6);
        var raw = new DicomFrames
        {
            Width = 64,
            Height = 48,
            Frames = [.. Enumerable.Range(0, 3).Select(z => (Position(z), Enumerable.Range(0, 64 * 48).Select(_ => random.Next(-1024, 3000)).ToArray()))],
            Scales = [(1, 0), (1, 0), (1, 0)],
            IsDefined = true,
        }.Write();
        await File.WriteAllBytesAsync(folder.PathOf("raw"), raw, Token);
        var (code, output) = await SystemTool.RunAsync(gdcmconv, Token, compression, folder.PathOf("raw"), folder.PathOf("packed"));
        Assert.True(code == 0, output);

        var packed = await AssembleAsync(await File.ReadAllBytesAsync(folder.PathOf("packed"), Token));

        var expected = await AssembleAsync(raw);
        Assert.Equal(expected.Volume.Planes, packed.Volume.Planes);
        Assert.Equal(expected.Volume.Geometry.Affine, packed.Volume.Geometry.Affine);
    }

    private static double[] Position(int z) => [10, -20, 30 + (3 * z)];

    private static int[] Pixels(int z) => [.. Enumerable.Range(0, 20).Select(i => (10 * z) + i - 15)];

    private static async Task<IVolumeFile> AssembleAsync(params byte[][] files)
    {
        var reader = new DicomSeriesReader(1 << 20);
        foreach (var file in files)
        {
            await reader.AddAsync(file, "image", Token);
        }

        return reader.Assemble(Assert.Single(reader.Series), "series");
    }
}
