using OrganSeg.Testing;

namespace OrganSeg.Ingest.Tests;

/// <summary>Small volumes as files.</summary>
internal static class Volumes
{
    /// <summary>Side of a slice: that of the datasets, so that the recipe leaves it as it is.</summary>
    public const int Side = 32;

    /// <summary>+x to the patient's right, 1 mm pixels, slices of 2 mm.</summary>
    public static readonly double[] Ras = [1, 0, 0, -10, 0, 1, 0, -20, 0, 0, 2, 30];

    /// <summary>32×32 voxels a slice, of one number each.</summary>
    public static byte[] Plain(short value, int slices = 3, double[]? affine = null) => Write((_, _, _) => value, slices, affine);

    /// <summary>32×32 voxels a slice; the given class for i below 16 in every slice but the lowest, in which there is none.</summary>
    public static byte[] Labels(short label = 1, int slices = 3, double[]? affine = null) =>
        Write((i, _, k) => i < Side / 2 && k > 0 ? label : (short)0, slices, affine);

    /// <summary>A .nii whose voxel (i, j, k) is what a function says.</summary>
    public static byte[] Write(Func<int, int, int, short> voxel, int slices = 3, double[]? affine = null, int width = Side, int height = Side)
    {
        var voxels = new short[width * height * slices];
        for (var n = 0; n < voxels.Length; n++)
        {
            voxels[n] = voxel(n % width, n / width % height, n / (width * height));
        }

        return NiftiFile.Write([width, height, slices], affine ?? Ras, voxels);
    }

    /// <summary>A little-endian NIfTI-1 file as a pair, by nifti1.h: the magic says that the voxels are a file of their own.</summary>
    public static (byte[] Header, byte[] Image) Split(byte[] single)
    {
        var header = single[..348];
        header.AsSpan(108, sizeof(float)).Clear();
        "ni1\0"u8.CopyTo(header.AsSpan(344));
        return (header, single[352..]);
    }
}
