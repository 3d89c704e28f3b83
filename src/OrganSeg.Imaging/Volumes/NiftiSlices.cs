using System.IO.Compression;
using System.Text;

namespace OrganSeg.Imaging.Volumes;

/// <summary>Writes 8-bit slices, one on the other, as a gzipped NIfTI-1 volume.</summary>
public static class NiftiSlices
{
    private const int DescriptionOffset = 148;
    private const int DescriptionLength = 79;

    /// <summary>Writes grey values.</summary>
    /// <param name="slices">[height, width] each, all of one size, front up and the patient's right at the left; the first one is
    /// nearest to the feet.</param>
    /// <param name="spacingMm">Distances of columns, of rows and of slices, in millimetres.</param>
    /// <param name="window">HU shown as grey 0 and as grey 255, by which the volume is in HU for who reads it; null for grey values.</param>
    /// <param name="description">For the header, up to 79 ASCII characters.</param>
    /// <returns>A <c>.nii.gz</c> file.</returns>
    /// <exception cref="ArgumentException">There is no slice, or the sizes differ.</exception>
    public static byte[] WriteGrey(
        IReadOnlyList<ByteImage> slices, (double Columns, double Rows, double Slices) spacingMm, (double LowHu, double HighHu)? window, string description)
    {
        var (slope, intercept) = window is { } hu ? ((hu.HighHu - hu.LowHu) / byte.MaxValue, hu.LowHu) : (1, 0);
        return Pack(Header(slices, spacingMm, slope, intercept, description, labels: false), slices);
    }

    /// <summary>Writes class ids.</summary>
    /// <param name="slices">As in <see cref="WriteGrey"/>.</param>
    /// <param name="spacingMm">As in <see cref="WriteGrey"/>.</param>
    /// <param name="description">As in <see cref="WriteGrey"/>.</param>
    /// <returns>A <c>.nii.gz</c> file.</returns>
    /// <exception cref="ArgumentException">There is no slice, or the sizes differ.</exception>
    public static byte[] WriteLabels(
        IReadOnlyList<ByteImage> slices, (double Columns, double Rows, double Slices) spacingMm, string description) =>
        Pack(Header(slices, spacingMm, 1, 0, description, labels: true), slices);

    private static byte[] Header(
        IReadOnlyList<ByteImage> slices,
        (double Columns, double Rows, double Slices) spacingMm,
        double slope,
        double intercept,
        string description,
        bool labels)
    {
        ArgumentNullException.ThrowIfNull(slices);
        ArgumentNullException.ThrowIfNull(description);
        if (slices.Count is 0 or > short.MaxValue || slices.Any(slice => slice.Width != slices[0].Width || slice.Height != slices[0].Height))
        {
            throw new ArgumentException($"1 to {short.MaxValue} slices of one size are needed.", nameof(slices));
        }

        // Columns run to the patient's left and rows to the back, against NIfTI's axes.
        var geometry = new VolumeGeometry(
            [slices[0].Width, slices[0].Height, slices.Count],
            [-spacingMm.Columns, 0, 0, 0, 0, -spacingMm.Rows, 0, 0, 0, 0, spacingMm.Slices, 0]);
        var header = NiftiHeaderBuilder.Build(geometry, VoxelType.UInt8, slope, intercept, new NiftiFormat(), labels);
        Encoding.ASCII.GetBytes(description.AsSpan(0, Math.Min(description.Length, DescriptionLength)), header.AsSpan(DescriptionOffset, DescriptionLength));
        return header;
    }

    private static byte[] Pack(byte[] header, IReadOnlyList<ByteImage> slices)
    {
        var file = new MemoryStream();
        using (var packed = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true))
        {
            packed.Write(header);
            packed.Write(new byte[sizeof(int)]);
            foreach (var slice in slices)
            {
                packed.Write(slice.Pixels);
            }
        }

        return file.ToArray();
    }
}
