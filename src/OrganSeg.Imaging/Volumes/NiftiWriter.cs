using System.Buffers;
using System.IO.Compression;

namespace OrganSeg.Imaging.Volumes;

/// <summary>Writes scalar volumes of any type in any orientation as single-file NIfTI, with nothing but voxels and where they lie.</summary>
public static class NiftiWriter
{
    /// <summary>Writes a volume as it is stored: the same numbers, slope and intercept, in the order of its axes.</summary>
    /// <param name="stream">Left open.</param>
    /// <param name="volume">The affine becomes the sform, and the qform where it has no shear.</param>
    /// <param name="format">Version, byte order and compression.</param>
    /// <param name="cancellationToken">Stops between writes.</param>
    public static Task WriteAsync(Stream stream, Volume volume, NiftiFormat format, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(volume);
        var header = NiftiHeaderBuilder.Build(volume.Geometry, volume.Type, volume.Slope, volume.Intercept, format, labels: false);
        var swap = format.IsBigEndian == BitConverter.IsLittleEndian ? Volume.SizeOf(volume.Type) : 1;
        return WriteAsync(stream, header, volume.Planes, swap, format.IsCompressed, cancellationToken);
    }

    /// <summary>Writes class ids as bytes, marked as labels.</summary>
    /// <param name="stream">Left open.</param>
    /// <param name="labels">The labels.</param>
    /// <param name="format">Version, byte order and compression.</param>
    /// <param name="cancellationToken">Stops between writes.</param>
    public static Task WriteAsync(Stream stream, LabelVolume labels, NiftiFormat format, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(labels);
        var header = NiftiHeaderBuilder.Build(labels.Geometry, VoxelType.UInt8, 1, 0, format, labels: true);
        return WriteAsync(stream, header, labels.Planes, 1, format.IsCompressed, cancellationToken);
    }

    /// <param name="stream">Left open.</param>
    /// <param name="header">Without the four bytes that say that no extension follows.</param>
    /// <param name="planes">Voxels in this machine's byte order.</param>
    /// <param name="swap">Bytes of a number that are to be turned around; 1 where none are.</param>
    /// <param name="compress">Whether to write .nii.gz.</param>
    /// <param name="cancellationToken">Stops between writes.</param>
    internal static async Task WriteAsync(
        Stream stream, byte[] header, IReadOnlyList<byte[]> planes, int swap, bool compress, CancellationToken cancellationToken)
    {
        if (compress)
        {
            await using var packed = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
            await WriteAsync(packed, header, planes, swap, compress: false, cancellationToken);
            return;
        }

        await stream.WriteAsync(header, cancellationToken);
        await stream.WriteAsync(new byte[4], cancellationToken);
        var rented = swap > 1 ? ArrayPool<byte>.Shared.Rent(planes[0].Length) : [];
        try
        {
            foreach (var plane in planes)
            {
                if (swap == 1)
                {
                    await stream.WriteAsync(plane, cancellationToken);
                    continue;
                }

                var turned = rented.AsMemory(0, plane.Length);
                plane.CopyTo(turned);
                NiftiFields.Swap(turned.Span, swap);
                await stream.WriteAsync(turned, cancellationToken);
            }
        }
        finally
        {
            if (rented.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }
}
