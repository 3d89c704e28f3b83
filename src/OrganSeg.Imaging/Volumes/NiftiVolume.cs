using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace OrganSeg.Imaging.Volumes;

/// <summary>
/// A scalar volume of a NIfTI-1 or NIfTI-2 file (.nii, .nii.gz, either byte order), and the way to write labels of its voxels
/// in the same geometry: shape, pixel sizes, units, qform and sform stay bit for bit.
/// </summary>
public sealed class NiftiVolume : IVolumeFile
{
    private const int CopyBytes = 1 << 16;

    // Enough to reach the checksum behind the last voxel; more is not the volume's.
    private const int TrailingBytes = 1 << 20;

    // What a header says of a plane is believed up to here; beyond, only as its voxels come.
    private const int UnprovenBytes = 8 << 20;

    private readonly NiftiHeader _header;

    private NiftiVolume(NiftiHeader header, Volume volume, bool compressed) =>
        (_header, Volume, IsCompressed) = (header, volume, compressed);

    /// <summary>The voxels.</summary>
    public Volume Volume { get; }

    /// <summary>Whether the file was compressed with gzip.</summary>
    public bool IsCompressed { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Warnings => [];

    /// <summary>Reads a file as it comes in; no more of it is unpacked than its header announces.</summary>
    /// <param name="stream">The file; read forwards only, and left open.</param>
    /// <param name="file">Name that errors give.</param>
    /// <param name="maxBytes">Most bytes of voxels.</param>
    /// <param name="cancellationToken">Stops between reads.</param>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Invalid"/>: no NIfTI, cut off, damaged, too large, or of a kind that is no scalar volume.
    /// </exception>
    public static async Task<NiftiVolume> ReadAsync(Stream stream, string file, long maxBytes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var start = new byte[4];
        var got = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        var compressed = got >= 2 && start is [0x1f, 0x8b, ..];
        using var whole = new PrefixedStream(start.AsMemory(0, got), stream);
        try
        {
            if (!compressed)
            {
                return await ReadAsync(whole, file, compressed, maxBytes, cancellationToken);
            }

            await using var unpacked = new GZipStream(whole, CompressionMode.Decompress, leaveOpen: true);
            return await ReadAsync(unpacked, file, compressed, maxBytes, cancellationToken);
        }
        catch (InvalidDataException error)
        {
            throw new OrganSegException(
                ErrorKind.Invalid, $"{file}: its gzip compression is damaged; make or copy the file again.", error);
        }
        catch (EndOfStreamException error)
        {
            throw new OrganSegException(ErrorKind.Invalid, $"{file}: ends before its last voxel; make or copy the file again.", error);
        }
    }

    /// <summary>Writes class ids as an 8-bit NIfTI file of the same version, byte order and geometry.</summary>
    /// <param name="stream">Left open.</param>
    /// <param name="labels">Over this volume's voxels.</param>
    /// <param name="compress">Whether to write .nii.gz.</param>
    /// <param name="cancellationToken">Stops between writes.</param>
    public async Task WriteLabelsAsync(Stream stream, LabelVolume labels, bool compress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(labels);
        if (!labels.Geometry.Lengths.SequenceEqual(Volume.Geometry.Lengths))
        {
            throw new ArgumentException("The labels are not of this volume's voxels.", nameof(labels));
        }

        if (!compress)
        {
            await WriteAsync(stream, labels, cancellationToken);
            return;
        }

        await using var packed = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
        await WriteAsync(packed, labels, cancellationToken);
    }

    private static async Task<NiftiVolume> ReadAsync(
        Stream stream, string file, bool compressed, long maxBytes, CancellationToken cancellationToken)
    {
        var start = new byte[4];
        var got = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        var size = got == start.Length ? NiftiHeader.SizeOf(start) : 0;
        if (size == 0)
        {
            throw OrganSegException.Invalid(file, "is no NIfTI file; give a .nii or .nii.gz.");
        }

        var bytes = new byte[size];
        start.CopyTo(bytes, 0);
        await stream.ReadExactlyAsync(bytes.AsMemory(start.Length), cancellationToken);
        var header = NiftiHeader.Parse(bytes, file);
        var voxel = Volume.SizeOf(header.Type);
        var plane = (decimal)header.Lengths[0] * header.Lengths[1] * voxel;
        if (plane > Array.MaxLength || plane * header.Lengths[2] > maxBytes)
        {
            throw OrganSegException.Invalid(
                file,
                $"has {string.Join('×', header.Lengths)} voxels of {voxel} bytes; at most {maxBytes >> 20} MiB are accepted.");
        }

        // Before gigabytes are read for nothing.
        var geometry = Geometry(header, file);
        await SkipAsync(stream, header.DataOffset - size, cancellationToken);
        var planes = new byte[header.Lengths[2]][];
        for (var k = 0; k < planes.Length; k++)
        {
            planes[k] = await ReadPlaneAsync(stream, (int)plane, cancellationToken);
            if (header.IsBigEndian == BitConverter.IsLittleEndian)
            {
                Swap(planes[k], voxel);
            }
        }

        await FinishAsync(stream, cancellationToken);
        return new NiftiVolume(header, new Volume(geometry, header.Type, planes, header.Slope, header.Intercept), compressed);
    }

    /// <summary>Reads so many bytes, and takes no more memory than twice what there is of them.</summary>
    private static async Task<byte[]> ReadPlaneAsync(Stream stream, int bytes, CancellationToken cancellationToken)
    {
        var plane = GC.AllocateUninitializedArray<byte>(Math.Min(bytes, UnprovenBytes));
        for (var filled = 0; ;)
        {
            await stream.ReadExactlyAsync(plane.AsMemory(filled), cancellationToken);
            filled = plane.Length;
            if (filled == bytes)
            {
                return plane;
            }

            Array.Resize(ref plane, (int)Math.Min(bytes, 2L * filled));
        }
    }

    private static VolumeGeometry Geometry(NiftiHeader header, string file)
    {
        try
        {
            return new VolumeGeometry(header.Lengths, header.Affine());
        }
        catch (OrganSegException error)
        {
            throw new OrganSegException([.. error.Violations.Select(v => new FieldViolation(file, $"{v.Field} {v.Description}"))]);
        }
    }

    private static async Task SkipAsync(Stream stream, long bytes, CancellationToken cancellationToken)
    {
        var buffer = new byte[Math.Min(bytes, CopyBytes)];
        while (bytes > 0)
        {
            var part = (int)Math.Min(bytes, buffer.Length);
            await stream.ReadExactlyAsync(buffer.AsMemory(0, part), cancellationToken);
            bytes -= part;
        }
    }

    /// <summary>Reads on to the checksum of a compressed file, which is compared only there.</summary>
    private static async Task FinishAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[CopyBytes];
        var read = 0;
        while (read < TrailingBytes && await stream.ReadAsync(buffer, cancellationToken) is > 0 and var more)
        {
            read += more;
        }
    }

    private static void Swap(byte[] plane, int size)
    {
        var bytes = plane.AsSpan();
        switch (size)
        {
            case 2:
                var shorts = MemoryMarshal.Cast<byte, short>(bytes);
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case 4:
                var ints = MemoryMarshal.Cast<byte, int>(bytes);
                BinaryPrimitives.ReverseEndianness(ints, ints);
                break;
            case 8:
                var longs = MemoryMarshal.Cast<byte, long>(bytes);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
        }
    }

    private async Task WriteAsync(Stream stream, LabelVolume labels, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(_header.ForLabels(), cancellationToken);
        // Four bytes that say: no extension follows.
        await stream.WriteAsync(new byte[4], cancellationToken);
        foreach (var plane in labels.Planes)
        {
            await stream.WriteAsync(plane, cancellationToken);
        }
    }
}
