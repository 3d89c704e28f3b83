using OrganSeg.Imaging.Volumes;
using OrganSeg.Testing;

namespace OrganSeg.Imaging.Tests;

/// <summary>Every orientation, type, byte order and version of NIfTI, there and back. Files are from an independent writer.</summary>
public sealed class CanonicalOrientationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task FromCanonical_AnyOrientationAndType_WritesTheSameVoxelsAndAffine(bool second, bool bigEndian)
    {
        var random = new Random(1);
        foreach (var affine in Orientations.Straight().Concat(Orientations.Oblique()))
        {
            foreach (var type in Enum.GetValues<VoxelType>())
            {
                var size = Volume.SizeOf(type);
                var voxels = new byte[60 * size];
                random.NextBytes(voxels);
                var file = NiftiFile.Write(Orientations.Lengths, affine, (int)type, size, voxels, second, bigEndian, slope: 2, intercept: -1024);
                using var stream = new MemoryStream(file);
                var nifti = await NiftiVolume.ReadAsync(stream, "file", 1 << 20, Token);
                var turn = new CanonicalOrientation(nifti.Volume.Geometry);

                var canonical = turn.ToCanonical(nifti.Volume);
                var back = turn.FromCanonical(canonical);
                var (written, inPlace) = (new MemoryStream(), new MemoryStream());
                await NiftiWriter.WriteAsync(written, back, new NiftiFormat(second, bigEndian), Token);
                await nifti.WriteAsync(inPlace, back, compress: false, Token);

                Assert.Equal("LPS", canonical.Geometry.Orientation);
                var start = second ? 540 : 348;
                Assert.Equal(file[start..], written.ToArray()[start..]);
                // Type, lengths, slope and the sform; a pixel's size is computed from the rounded sform.
                foreach (var (from, to) in second ? [(0, 104), (136, 192), (400, 496)] : new[] { (0, 4), (40, 76), (92, 123), (280, 348) })
                {
                    Assert.Equal(file[from..to], written.ToArray()[from..to]);
                }

                Assert.Equal(file, inPlace.ToArray());
            }
        }
    }

    [Fact]
    public void ToCanonical_AnyOrientation_EveryVoxelStaysInItsPlace()
    {
        foreach (var affine in Orientations.Straight().Concat(Orientations.Oblique()))
        {
            var geometry = new VolumeGeometry(Orientations.Lengths, affine);
            var planes = Enumerable.Range(0, 5).Select(k => Enumerable.Range(0, 12).Select(i => (byte)((12 * k) + i)).ToArray()).ToArray();

            var canonical = new CanonicalOrientation(geometry).ToCanonical(new Volume(geometry, VoxelType.UInt8, planes));

            Assert.Equal(Places(geometry, planes), Places(canonical.Geometry, canonical.Planes));
        }
    }

    [Fact]
    public void ToCanonical_AnyOrientation_PlanesAreTheSlicesThatAreShown()
    {
        foreach (var affine in Orientations.Straight().Concat(Orientations.Oblique()))
        {
            var geometry = new VolumeGeometry(Orientations.Lengths, affine);
            var planes = Enumerable.Range(0, 5).Select(k => Enumerable.Range(0, 12).Select(i => (byte)((12 * k) + i)).ToArray()).ToArray();
            var volume = new Volume(geometry, VoxelType.UInt8, planes);

            var canonical = new CanonicalOrientation(geometry).ToCanonical(volume);

            Assert.Equal(Enumerable.Range(0, volume.SliceCount).Select(slice => volume.Window(slice, 0, 255).Pixels), canonical.Planes);
        }
    }

    [Fact]
    public void ToCanonical_OtherVoxels_IsRefused()
    {
        var turn = new CanonicalOrientation(new VolumeGeometry([2, 3, 4], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]));
        var other = new VolumeGeometry([2, 3, 5], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]);

        Assert.Throws<ArgumentException>(() => turn.ToCanonical(new Volume(other, VoxelType.UInt8, [.. Enumerable.Range(0, 5).Select(_ => new byte[6])])));
    }

    /// <summary>Each number with its place, in micrometres so that rounding does not tell them apart.</summary>
    private static IEnumerable<(byte Number, long X, long Y, long Z)> Places(VolumeGeometry geometry, IReadOnlyList<byte[]> planes)
    {
        var places = new List<(byte, long, long, long)>();
        for (var k = 0; k < geometry.Lengths[2]; k++)
        {
            for (var j = 0; j < geometry.Lengths[1]; j++)
            {
                for (var i = 0; i < geometry.Lengths[0]; i++)
                {
                    var (x, y, z) = Orientations.Place(geometry.Affine, i, j, k);
                    places.Add((planes[k][(j * geometry.Lengths[0]) + i], (long)Math.Round(1000 * x), (long)Math.Round(1000 * y), (long)Math.Round(1000 * z)));
                }
            }
        }

        return places.Order();
    }
}
