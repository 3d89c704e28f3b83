using OrganSeg.Imaging.Volumes;
using OrganSeg.Testing;

namespace OrganSeg.Imaging.Tests;

/// <summary>NIfTI plane by plane, written by an independent writer.</summary>
public sealed class NiftiPlanesTests
{
    private static readonly double[] Affine = [-2, 0, 0, 10, 0, -2, 0, 20, 0, 0, -3, 30];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task ReadAll_Planes_AreTheSlicesOfTheWholeVolume(bool second, bool bigEndian)
    {
        short[] voxels = [.. Enumerable.Range(0, 5 * 4 * 3).Select(n => (short)((7 * n) - 100))];
        var file = NiftiFile.Compress(NiftiFile.Write([5, 4, 3], Affine, voxels, second, bigEndian, slope: 2, intercept: -5));
        var whole = (await NiftiVolume.ReadAsync(new MemoryStream(file), "a", 1000, Token)).Volume;

        await using var planes = await NiftiPlanes.OpenAsync(new MemoryStream(file), "a", 1000, Token);
        var read = await planes.ReadAllAsync(Token).ToArrayAsync(Token);

        // The third axis runs to the feet, so the first plane is the highest slice.
        Assert.Equal(whole.Geometry.Affine, planes.Geometry.Affine);
        Assert.Equal(3, read.Length);
        for (var k = 0; k < read.Length; k++)
        {
            Assert.Equal(whole.Window(2 - k, -300, 600).Pixels, read[k].Window(0, -300, 600).Pixels);
            Assert.Equal(whole.Labels(2 - k).Labels.Pixels, read[k].Labels(0).Labels.Pixels);
        }
    }

    [Fact]
    public async Task ReadAll_FileThatIsCutOff_IsRefusedByName()
    {
        var file = NiftiFile.Write([5, 4, 3], Affine, new short[60]);
        await using var planes = await NiftiPlanes.OpenAsync(new MemoryStream(file[..^1]), "a.nii", 1000, Token);

        var error = await Assert.ThrowsAsync<OrganSegException>(async () => await planes.ReadAllAsync(Token).CountAsync(Token));

        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.Contains("a.nii", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_TooLarge_IsRefusedBeforeAnythingIsRead()
    {
        var file = NiftiFile.Write([5, 4, 3], Affine, new short[60]);

        var error = await Assert.ThrowsAsync<OrganSegException>(() => NiftiPlanes.OpenAsync(new MemoryStream(file[..352]), "a.nii", 119, Token));

        Assert.Contains("5×4×3", error.Message, StringComparison.Ordinal);
    }
}
