using System.Globalization;
using System.Security.Cryptography;
using OrganSeg.Imaging.Volumes;
using OrganSeg.Testing;

namespace OrganSeg.Imaging.Tests;

/// <summary>What nibabel, an independent implementation, reads of our files, and we of its.</summary>
public sealed class NibabelTests
{
    // A line a file: name, SHA-256 of the stored numbers (little-endian, first axis fastest), slope, intercept, affine, code and
    // affine of the qform.
    private const string Describe = """
        import hashlib, sys
        import nibabel, numpy
        def describe(path):
            image = nibabel.load(path)
            stored = numpy.asanyarray(image.dataobj.get_unscaled())
            numbers = stored.astype(stored.dtype.newbyteorder('<')).tobytes(order='F')
            qform, code = image.get_qform(coded=True)
            affine = lambda a: ' '.join(repr(float(x)) for x in a[:3].ravel())
            print('\t'.join([path.split('/')[-1], hashlib.sha256(numbers).hexdigest(), repr(float(image.dataobj.slope)),
                repr(float(image.dataobj.inter)), affine(image.affine), str(code), affine(qform) if code else '']))

        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Write_AnyOrientationTypeAndFormat_NibabelReadsTheSame()
    {
        var python = await PythonAsync();
        using var folder = new TemporaryFolder();
        var random = new Random(2);
        var expected = new Dictionary<string, (string Hash, double[] Affine, bool HasShear)>();
        var types = Enum.GetValues<VoxelType>();
        double[] tilted = [-0.7, 0, 0, 90, 0, -0.7, -0.4, 80, 0, 0, 2, -300];
        foreach (var affine in Orientations.Straight().Concat(Orientations.Oblique()).Append(tilted))
        {
            for (var format = 0; format < 4; format++)
            {
                var name = $"{expected.Count}.nii{(format == 2 ? ".gz" : "")}";
                var type = types[(expected.Count + (expected.Count / types.Length)) % types.Length];
                var planes = Enumerable.Range(0, 5).Select(_ => new byte[12 * Volume.SizeOf(type)]).ToArray();
                Array.ForEach(planes, random.NextBytes);
                var volume = new Volume(new VolumeGeometry(Orientations.Lengths, affine), type, planes, 2, -1024);
                await using var file = File.Create(folder.PathOf(name));
                await NiftiWriter.WriteAsync(file, volume, new NiftiFormat((format & 1) != 0, (format & 2) != 0, format == 2), Token);
                expected.Add(name, (Convert.ToHexStringLower(SHA256.HashData(planes.SelectMany(plane => plane).ToArray())), affine, affine == tilted));
            }
        }

        var lines = await RunAsync(python, Describe + """
            import glob
            for path in glob.glob(sys.argv[1] + '/*'):
                describe(path)
            """, folder.Path);

        Assert.Equal(expected.Count, lines.Count);
        Assert.All(lines, line =>
        {
            var (hash, affine, shear) = expected[line[0]];
            Assert.Equal([hash, "2.0", "-1024.0"], line[1..4]);
            Close(affine, Numbers(line[4]), 1e-6);
            Assert.Equal(shear ? "0" : "1", line[5]);
            if (!shear)
            {
                Close(affine, Numbers(line[6]), 1e-5);
            }
        });
    }

    [Fact]
    public async Task Read_AnyFileOfNibabel_SameVoxelsAndAffine()
    {
        var python = await PythonAsync();
        using var folder = new TemporaryFolder();

        var lines = await RunAsync(python, Describe + """
            numpy.random.seed(3)
            kinds = {'nii': nibabel.Nifti1Image, 'img': nibabel.Nifti1Pair, 'nii.gz': nibabel.Nifti2Image, 'img.gz': nibabel.Nifti2Pair}
            count = 0
            for ending, kind in kinds.items():
                for order in '<>':
                    for type in ['u1', 'i1', 'i2', 'u2', 'i4', 'u4', 'i8', 'u8', 'f4', 'f8']:
                        for codes in [(1, 1), (1, 0), (0, 2), (0, 0)]:
                            rotation = numpy.linalg.qr(numpy.random.randn(3, 3))[0]
                            affine = numpy.eye(4)
                            affine[:3, :3] = rotation * [0.7, 1.1, -2.5]
                            affine[:3, 3] = 100 * numpy.random.randn(3)
                            data = (100 * numpy.random.randn(4, 3, 5)).astype(type)
                            header = kind.header_class(endianness=order)
                            header.set_data_dtype(order + type)
                            image = kind(data, affine, header)
                            image.set_qform(affine if codes[0] else None, codes[0])
                            image.set_sform(affine if codes[1] else None, codes[1])
                            image.header.set_slope_inter(2, -1024)
                            path = f'{sys.argv[1]}/{count}.{ending}'
                            image.to_filename(path)
                            describe(path)
                            count += 1
            """, folder.Path);

        Assert.Equal(320, lines.Count);
        foreach (var line in lines)
        {
            var path = folder.PathOf(line[0]);
            await using var image = File.OpenRead(path);
            await using var header = line[0].Contains("img", StringComparison.Ordinal) ? File.OpenRead(path.Replace("img", "hdr", StringComparison.Ordinal)) : null;

            var volume = (header is null
                ? await NiftiVolume.ReadAsync(image, line[0], 1 << 20, Token)
                : await NiftiVolume.ReadPairAsync(header, image, line[0], 1 << 20, Token)).Volume;

            Assert.Equal(line[1], Convert.ToHexStringLower(SHA256.HashData(volume.Planes.SelectMany(plane => plane).ToArray())));
            Assert.Equal(line[2..4], new[] { volume.Slope, volume.Intercept }.Select(n => n.ToString("0.0", CultureInfo.InvariantCulture)));
            Close(Numbers(line[4]), volume.Geometry.Affine, 1e-6);
        }
    }

    [Theory]
    [InlineData("example_ct_sm.nii.gz")]
    [InlineData("example_seg.nii.gz")]
    public async Task Read_RealVolume_SameVoxelsAndAffine(string name)
    {
        var file = Path.Combine(Images.Shared("nifti"), name);
        var python = await PythonAsync();
        await using var stream = File.OpenRead(file);

        var volume = (await NiftiVolume.ReadAsync(stream, name, 64 << 20, Token)).Volume;

        var line = Assert.Single(await RunAsync(python, Describe + "describe(sys.argv[1])", file));
        Assert.Equal(line[1], Convert.ToHexStringLower(SHA256.HashData(volume.Planes.SelectMany(plane => plane).ToArray())));
        Assert.Equal((Numbers(line[2])[0], Numbers(line[3])[0]), (volume.Slope, volume.Intercept));
        Close(Numbers(line[4]), volume.Geometry.Affine, 1e-6);
    }

    /// <summary>Within a share of the largest number of the affine's kind: a step of a voxel, or an origin.</summary>
    private static void Close(double[] expected, IReadOnlyList<double> actual, double share)
    {
        var (step, origin) = (Largest(i => i % 4 < 3), Largest(i => i % 4 == 3));
        Assert.All(Enumerable.Range(0, 12), i => Assert.Equal(expected[i], actual[i], share * (i % 4 < 3 ? step : Math.Max(step, origin))));

        double Largest(Func<int, bool> kind) => Enumerable.Range(0, 12).Where(kind).Max(i => Math.Abs(expected[i]));
    }

    private static double[] Numbers(string text) => [.. text.Split(' ').Select(part => double.Parse(part, CultureInfo.InvariantCulture))];

    private static async Task<SystemPython> PythonAsync()
    {
        var python = await SystemPython.FindAsync("import nibabel, numpy", Token);
        Assert.SkipWhen(python is null, "nibabel is not installed (package python3-nibabel).");
        return python;
    }

    private static async Task<List<string[]>> RunAsync(SystemPython python, string script, string argument)
    {
        var (code, output) = await python.RunAsync("", Token, "-W", "ignore", "-c", script, argument);
        Assert.True(code == 0, output);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t'))];
    }
}
