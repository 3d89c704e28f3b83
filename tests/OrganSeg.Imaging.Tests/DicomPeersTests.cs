using System.Runtime.InteropServices;
using OrganSeg.Imaging.Dicom;
using OrganSeg.Imaging.Volumes;
using OrganSeg.Testing;

namespace OrganSeg.Imaging.Tests;

/// <summary>One CT image in 15 transfer syntaxes, against what GDCM, DCMTK and pydicom make of it.</summary>
public sealed class DicomPeersTests
{
    private const int Pixels = 512 * 512;

    // UID, DCMTK's program that unpacks it, and whether it was compressed with loss. DCMTK has none for JPEG 2000.
    private static readonly (string Uid, string? Dcmtk, bool IsLossy)[] Syntaxes =
    [
        ("1.2.840.10008.1.2", "dcmconv", false),
        ("1.2.840.10008.1.2.1", "dcmconv", false),
        ("1.2.840.10008.1.2.1.99", "dcmconv", false),
        ("1.2.840.10008.1.2.2", "dcmconv", false),
        ("1.2.840.10008.1.2.4.50", "dcmdjpeg", true),
        ("1.2.840.10008.1.2.4.51", "dcmdjpeg", true),
        ("1.2.840.10008.1.2.4.53", "dcmdjpeg", true),
        ("1.2.840.10008.1.2.4.55", "dcmdjpeg", true),
        ("1.2.840.10008.1.2.4.57", "dcmdjpeg", false),
        ("1.2.840.10008.1.2.4.70", "dcmdjpeg", false),
        ("1.2.840.10008.1.2.4.80", "dcmdjpls", false),
        ("1.2.840.10008.1.2.4.81", "dcmdjpls", true),
        ("1.2.840.10008.1.2.4.90", null, false),
        ("1.2.840.10008.1.2.4.91", null, true),
        ("1.2.840.10008.1.2.5", "dcmdrle", false),
    ];

    // Those whose pixels pydicom unpacks without another library.
    private static readonly HashSet<string> Pydicoms =
    [
        "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.5",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Gdcm => [.. Syntaxes.Select(syntax => syntax.Uid)];

    public static TheoryData<string> Dcmtk => [.. Syntaxes.Where(syntax => syntax.Dcmtk is not null).Select(syntax => syntax.Uid)];

    public static TheoryData<string> Pydicom => [.. Syntaxes.Where(syntax => Pydicoms.Contains(syntax.Uid)).Select(syntax => syntax.Uid)];

    [Theory]
    [MemberData(nameof(Gdcm))]
    public async Task Read_AnySyntax_PixelsOfGdcm(string uid)
    {
        var file = FileOf(uid);
        using var folder = new TemporaryFolder();
        await RunAsync(Tool("gdcmconv", "libgdcm-tools"), "--raw", file, folder.PathOf("raw.dcm"));

        await CompareAsync(uid, LastBytes(folder.PathOf("raw.dcm"), uid));
    }

    [Theory]
    [MemberData(nameof(Dcmtk))]
    public async Task Read_AnySyntaxButJpeg2000_PixelsOfDcmtk(string uid)
    {
        var file = FileOf(uid);
        Tool("gdcmconv", "libgdcm-tools");
        using var folder = new TemporaryFolder();
        // Explicit little endian.
        await RunAsync(Tool(Syntaxes.Single(syntax => syntax.Uid == uid).Dcmtk!, "dcmtk"), "+te", file, folder.PathOf("raw.dcm"));

        await CompareAsync(uid, LastBytes(folder.PathOf("raw.dcm"), uid));
    }

    [Theory]
    [MemberData(nameof(Pydicom))]
    public async Task Read_RawOrRle_PixelsOfPydicom(string uid)
    {
        var file = FileOf(uid);
        Tool("gdcmconv", "libgdcm-tools");
        var python = await SystemPython.FindAsync("import pydicom, numpy", Token);
        Assert.SkipWhen(python is null, "pydicom is not installed (package python3-pydicom).");
        using var folder = new TemporaryFolder();
        var (code, output) = await python.RunAsync("", Token, "-c", """
            import sys
            import pydicom
            pydicom.dcmread(sys.argv[1]).pixel_array.astype('<i2').tofile(sys.argv[2])
            """, file, folder.PathOf("raw"));
        Assert.True(code == 0, output);

        await CompareAsync(uid, await File.ReadAllBytesAsync(folder.PathOf("raw"), Token));
    }

    // pydicom reads the headers; positions, directions and spacing make the affine by PS3.3, C.7.6.2.1.1, and x and y change
    // their signs for NIfTI.
    [Fact]
    public async Task Assemble_RealSeries_LiesWherePydicomSays()
    {
        var folder = Images.Shared("dicom", "series", "ircadb01");
        var python = await SystemPython.FindAsync("import pydicom, numpy", Token);
        Assert.SkipWhen(python is null, "pydicom is not installed (package python3-pydicom).");
        var reader = new DicomSeriesReader(64 << 20);
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            await using var stream = File.OpenRead(file);
            await reader.AddAsync(stream, Path.GetFileName(file), Token);
        }

        var volume = reader.Assemble(Assert.Single(reader.Series), "series").Volume;

        var (code, output) = await python.RunAsync("", Token, "-c", """
            import glob, hashlib, sys
            import numpy, pydicom
            files = sorted((pydicom.dcmread(f) for f in glob.glob(sys.argv[1] + '/*')), key=lambda f: float(f.ImagePositionPatient[2]))
            first, last = (numpy.array(files[i].ImagePositionPatient, float) for i in (0, -1))
            cosines, spacing = numpy.array(files[0].ImageOrientationPatient, float), files[0].PixelSpacing
            affine = numpy.column_stack([cosines[:3] * spacing[1], cosines[3:] * spacing[0], (last - first) / (len(files) - 1), first])
            print(*[repr(float(x)) for x in (affine * [[-1], [-1], [1]]).ravel()])
            print(hashlib.sha256(b''.join(f.pixel_array.astype('<i2').tobytes() for f in files)).hexdigest())
            print(float(files[0].RescaleSlope), float(files[0].RescaleIntercept))
            """, folder);
        Assert.True(code == 0, output);
        var lines = output.Split('\n');
        var affine = lines[0].Split(' ').Select(double.Parse).ToArray();
        Assert.All(affine.Zip(volume.Geometry.Affine), pair => Assert.Equal(pair.First, pair.Second, 1e-6 * Math.Max(Math.Abs(pair.First), 0.57)));
        Assert.Equal(lines[1], Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(volume.Planes.SelectMany(plane => plane).ToArray())));
        Assert.Equal(lines[2].Split(' ').Select(double.Parse), [volume.Slope, volume.Intercept]);
    }

    private static string FileOf(string uid) =>
        Directory.EnumerateFiles(Images.Shared("dicom", "transfer-syntaxes"), $"*_{uid}.dcm").Single();

    private static string Tool(string name, string package)
    {
        var tool = SystemTool.Find(name);
        Assert.SkipWhen(tool is null, $"{name} is not installed (package {package}).");
        return tool;
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        // Rewriting deflated data sets is dcmconv's alone; the other programs of DCMTK write explicit little endian in any case.
        var (code, output) = await SystemTool.RunAsync(
            program, Token, Path.GetFileName(program) is "gdcmconv" or "dcmconv" ? arguments : arguments[^2..]);
        Assert.True(code == 0, output);
    }

    /// <summary>The pixels of a raw file, which are its last element.</summary>
    private static byte[] LastBytes(string file, string uid)
    {
        var bytes = File.ReadAllBytes(file);
        // JPEG baseline has eight bits.
        return uid.EndsWith(".4.50", StringComparison.Ordinal) ? [.. bytes[^Pixels..].SelectMany(grey => (byte[])[grey, 0])] : bytes[^(2 * Pixels)..];
    }

    private static async Task CompareAsync(string uid, byte[] expected)
    {
        var reader = new DicomSeriesReader(64 << 20);
        await reader.AddAsync(await File.ReadAllBytesAsync(FileOf(uid), Token), "image", Token);
        var volume = reader.Assemble(Assert.Single(reader.Series), "series").Volume;
        var tolerance = Syntaxes.Single(syntax => syntax.Uid == uid).IsLossy ? 1 : 0;
        var (theirs, ours) = (Numbers(expected, volume.Type), Numbers(volume.Planes[0], volume.Type));
        Assert.Equal(Pixels, ours.Length);
        Assert.InRange(theirs.Zip(ours).Max(pair => Math.Abs(pair.First - pair.Second)), 0, tolerance);
        Assert.True(ours.Distinct().Count() > 50);
    }

    private static int[] Numbers(byte[] pixels, VoxelType type) => type == VoxelType.Int16
        ? [.. MemoryMarshal.Cast<byte, short>(pixels).ToArray().Select(pixel => (int)pixel)]
        : [.. MemoryMarshal.Cast<byte, ushort>(pixels).ToArray().Select(pixel => (int)pixel)];
}
