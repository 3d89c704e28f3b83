using System.Globalization;
using System.Runtime.InteropServices;
using OrganSeg.Imaging.Volumes;
using OrganSeg.Testing;

namespace OrganSeg.Imaging.Tests;

public sealed class VolumeResamplerTests
{
    private const long Most = 1 << 24;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // By hand: centres of 2 mm lie at 0.5 and 2.5 of the old ones; of half a millimetre at −0.25, 0.25, 0.75 …; of 9 mm at 4,
    // beyond the last. HU = 2·n − 100.
    [Theory]
    [InlineData(2, new float[] { -90, -50 })]
    [InlineData(0.5, new float[] { -100, -95, -85, -75, -65, -55, -45, -40 })]
    [InlineData(1, new float[] { -100, -80, -60, -40 })]
    [InlineData(9, new float[] { -40 })]
    public void Linear_ALine_IsTheHandsResult(double spacing, float[] expected)
    {
        var geometry = new VolumeGeometry([4, 1, 1], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]);
        var volume = new Volume(geometry, VoxelType.UInt8, [[0, 10, 20, 30]], 2, -100);

        var resampled = VolumeResampler.Linear(volume, [spacing, 1, 1], Most, Token);

        Assert.Equal(expected, MemoryMarshal.Cast<byte, float>(resampled.Planes[0].AsSpan()).ToArray());
    }

    [Theory]
    [InlineData(2, new byte[] { 10, 30 })]
    [InlineData(0.5, new byte[] { 0, 0, 10, 10, 20, 20, 30, 30 })]
    [InlineData(1.5, new byte[] { 0, 20, 30 })]
    public void Nearest_ALine_IsTheHandsResult(double spacing, byte[] expected)
    {
        var geometry = new VolumeGeometry([1, 1, 4], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]);

        var resampled = VolumeResampler.Nearest(new Volume(geometry, VoxelType.UInt8, [[0], [10], [20], [30]], 2, 5), [1, 1, spacing], Most, Token);

        Assert.Equal(expected, resampled.Planes.Select(plane => plane[0]));
        Assert.Equal((2, 5), (resampled.Slope, resampled.Intercept));
    }

    // By hand: the box from −0.5 to 3.5 of the old axis, whose voxels are 2 mm, is that of the new voxels of 4 mm.
    [Fact]
    public void Linear_Geometry_FillsTheSameBox()
    {
        var geometry = new VolumeGeometry([4, 4, 4], [0, -2, 0, 10, 2, 0, 0, 20, 0, 0, 3, 30]);
        var planes = Enumerable.Range(0, 4).Select(_ => new byte[16]).ToArray();

        var resampled = VolumeResampler.Linear(new Volume(geometry, VoxelType.UInt8, planes), [4, 1, 3], Most, Token).Geometry;

        Assert.Equal([2, 8, 4], resampled.Lengths);
        Assert.Equal([0, -1, 0, 10.5, 4, 0, 0, 21, 0, 0, 3, 30], resampled.Affine);
    }

    // A field that is linear in each axis is resampled exactly, away from the edges.
    [Fact]
    public void Linear_LinearField_IsTheField()
    {
        var geometry = new VolumeGeometry([9, 8, 7], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]);
        var planes = Enumerable.Range(0, 7).Select(z => MemoryMarshal.AsBytes(
            Enumerable.Range(0, 72).Select(i => (short)((3 * (i % 9)) - (5 * (i / 9)) + (7 * z))).ToArray().AsSpan()).ToArray()).ToArray();

        var resampled = VolumeResampler.Linear(new Volume(geometry, VoxelType.Int16, planes), [0.8, 1.3, 0.6], Most, Token);

        for (var k = 1; k < resampled.Geometry.Lengths[2] - 1; k++)
        {
            var plane = MemoryMarshal.Cast<byte, float>(resampled.Planes[k].AsSpan()).ToArray();
            for (var j = 1; j < resampled.Geometry.Lengths[1] - 1; j++)
            {
                for (var i = 1; i < resampled.Geometry.Lengths[0] - 1; i++)
                {
                    var (x, y, z) = Orientations.Place(resampled.Geometry.Affine, i, j, k);
                    Assert.Equal((3 * x) - (5 * y) + (7 * z), plane[(j * resampled.Geometry.Lengths[0]) + i], 1e-4);
                }
            }
        }
    }

    [Theory]
    [InlineData(1, "Linear")]
    [InlineData(0, "Nearest")]
    public async Task Resample_Noise_IsScipys(int order, string kind)
    {
        var python = await SystemPython.FindAsync("import numpy, scipy.ndimage", Token);
        Assert.SkipWhen(python is null, "scipy is not installed (package python3-scipy).");
        double[] spacing = [0.7, 1.7, 2.3];
        var random = new Random(5);
        var planes = Enumerable.Range(0, 9).Select(_ => MemoryMarshal.AsBytes(Enumerable.Range(0, 12 * 11).Select(_ => (short)random.Next(-1000, 1000)).ToArray().AsSpan()).ToArray()).ToArray();
        var volume = new Volume(new VolumeGeometry([12, 11, 9], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]), VoxelType.Int16, planes);

        var resampled = kind == "Linear" ? VolumeResampler.Linear(volume, spacing, Most, Token) : VolumeResampler.Nearest(volume, spacing, Most, Token);

        var (code, output) = await python.RunAsync(string.Join(' ', planes.SelectMany(plane => MemoryMarshal.Cast<byte, short>(plane).ToArray())), Token, "-c", $"""
            import sys
            import numpy, scipy.ndimage
            volume = numpy.array(sys.stdin.read().split(), float).reshape(9, 11, 12)
            axes = [(numpy.arange(round(n / s)) + .5) * s - .5 for n, s in [(9, 2.3), (11, 1.7), (12, .7)]]
            out = scipy.ndimage.map_coordinates(volume, numpy.meshgrid(*axes, indexing='ij'), order={order}, mode='nearest')
            print(' '.join(repr(float(x)) for x in out.ravel()))
            """);
        Assert.True(code == 0, output);
        var expected = output.Trim().Split(' ').Select(part => double.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        var actual = resampled.Planes.SelectMany(plane => kind == "Linear"
            ? MemoryMarshal.Cast<byte, float>(plane).ToArray().Select(value => (double)value)
            : MemoryMarshal.Cast<byte, short>(plane).ToArray().Select(value => (double)value)).ToArray();
        Assert.Equal([17, 6, 4], resampled.Geometry.Lengths);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
        Assert.Equal(expected.Length, actual.Length);
    }

    [Fact]
    public void Linear_TooFine_NamesTheSpacing()
    {
        var volume = new Volume(new VolumeGeometry([1, 1, 1], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]), VoxelType.UInt8, [[1]]);

        var error = Assert.Throws<OrganSegException>(() => VolumeResampler.Linear(volume, [0.001, 0.001, 0.001], Most, Token));

        Assert.StartsWith("spacing: of 0.001×0.001×0.001 mm gives 1000×1000×1000", error.Message);
        Assert.Throws<ArgumentException>(() => VolumeResampler.Nearest(volume, [1, 0, 1], Most, Token));
    }
}
