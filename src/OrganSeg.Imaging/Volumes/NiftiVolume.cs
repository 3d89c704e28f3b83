using System.IO.Compression;

namespace OrganSeg.Imaging.Volumes;

/// <summary>
/// A scalar volume of a NIfTI-1 or NIfTI-2 file (.nii, .nii.gz, or a pair of .hdr and .img; either byte order), and the way to
/// write labels of its voxels, or other numbers, in the same geometry: shape, pixel sizes, units, qform and sform stay bit for
/// bit.
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
        try
        {
            await using var whole = await OpenAsync(stream, cancellationToken);
            var (header, size) = await ReadHeaderAsync(whole, file, paired: false, cancellationToken);
            return await ReadVoxelsAsync(header, whole, size, file, maxBytes, cancellationToken);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
        {
            throw Damaged(file, error);
        }
    }

    /// <summary>Reads a pair of files, each of which may be compressed with gzip.</summary>
    /// <param name="header">The .hdr; read forwards only, and left open.</param>
    /// <param name="image">The .img; read forwards only, and left open.</param>
    /// <param name="file">Name that errors give.</param>
    /// <param name="maxBytes">Most bytes of voxels.</param>
    /// <param name="cancellationToken">Stops between reads.</param>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Invalid"/>: no pair of NIfTI, cut off, damaged, too large, or of a kind that is no scalar volume.
    /// </exception>
    public static async Task<NiftiVolume> ReadPairAsync(
        Stream header, Stream image, string file, long maxBytes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(image);
        try
        {
            await using var head = await OpenAsync(header, cancellationToken);
            var (parsed, _) = await ReadHeaderAsync(head, file, paired: true, cancellationToken);
            await using var voxels = await OpenAsync(image, cancellationToken);
            return await ReadVoxelsAsync(parsed, voxels, 0, file, maxBytes, cancellationToken);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
        {
            throw Damaged(file, error);
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

        await WriteAsync(stream, _header.For(VoxelType.UInt8, 1, 0, labels: true), labels.Planes, 1, compress, cancellationToken);
    }

    /// <summary>Writes other numbers as a NIfTI file of the same version, byte order and geometry.</summary>
    /// <param name="stream">Left open.</param>
    /// <param name="volume">Over this volume's voxels, in any type.</param>
    /// <param name="compress">Whether to write .nii.gz.</param>
    /// <param name="cancellationToken">Stops between writes.</param>
    public async Task WriteAsync(Stream stream, Volume volume, bool compress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(volume);
        if (!volume.Geometry.Lengths.SequenceEqual(Volume.Geometry.Lengths))
        {
            throw new ArgumentException("The numbers are not of this volume's voxels.", nameof(volume));
        }

        var header = _header.For(volume.Type, volume.Slope, volume.Intercept, labels: false);
        await WriteAsync(stream, header, volume.Planes, Volume.SizeOf(volume.Type), compress, cancellationToken);
    }

    /// <summary>The file without its compression, if it has one.</summary>
    internal static async Task<Stream> OpenAsync(Stream stream, CancellationToken cancellationToken)
    {
        var start = new byte[2];
        var got = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        var whole = new PrefixedStream(start.AsMemory(0, got), stream);
        return start is [0x1f, 0x8b] ? new GZipStream(whole, CompressionMode.Decompress, leaveOpen: true) : whole;
    }

    internal static async Task<(NiftiHeader Header, int Size)> ReadHeaderAsync(
        Stream stream, string file, bool paired, CancellationToken cancellationToken)
    {
        var start = new byte[4];
        var got = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        var size = got == start.Length ? NiftiHeader.SizeOf(start) : 0;
        if (size == 0)
        {
            throw OrganSegException.Invalid(file, $"is no NIfTI {(paired ? "header; give a .hdr and its .img" : "file; give a .nii or .nii.gz")}.");
        }

        var bytes = new byte[size];
        start.CopyTo(bytes, 0);
        await stream.ReadExactlyAsync(bytes.AsMemory(start.Length), cancellationToken);
        return (NiftiHeader.Parse(bytes, paired, file), size);
    }

    /// <param name="header">Of the file.</param>
    /// <param name="stream">The file that holds the voxels.</param>
    /// <param name="place">Bytes that were read of it already.</param>
    /// <param name="file">Name that errors give.</param>
    /// <param name="maxBytes">Most bytes of voxels.</param>
    /// <param name="cancellationToken">Stops between reads.</param>
    private static async Task<NiftiVolume> ReadVoxelsAsync(
        NiftiHeader header, Stream stream, int place, string file, long maxBytes, CancellationToken cancellationToken)
    {
        var plane = PlaneBytes(header, file, maxBytes);

        // Before gigabytes are read for nothing.
        var geometry = VolumeGeometry.Of(header.Lengths, header.Affine(), file);
        await SkipAsync(stream, header.DataOffset - place, cancellationToken);
        var planes = new byte[header.Lengths[2]][];
        for (var k = 0; k < planes.Length; k++)
        {
            planes[k] = await ReadPlaneAsync(header, stream, used: null, plane, cancellationToken);
        }

        await FinishAsync(stream, cancellationToken);
        return new NiftiVolume(header, new Volume(geometry, header.Type, planes, header.Slope, header.Intercept), stream is GZipStream);
    }

    /// <summary>Bytes of each plane along the third file axis.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: the volume has too many.</exception>
    internal static int PlaneBytes(NiftiHeader header, string file, long maxBytes)
    {
        var voxel = Volume.SizeOf(header.Type);
        var plane = (decimal)header.Lengths[0] * header.Lengths[1] * voxel;
        return plane <= Array.MaxLength && plane * header.Lengths[2] <= maxBytes
            ? (int)plane
            : throw OrganSegException.Invalid(
                file,
                $"has {string.Join('×', header.Lengths)} voxels of {voxel} bytes; at most {maxBytes >> 20} MiB are accepted.");
    }

    /// <summary>
    /// The next plane, in this machine's byte order. A header is believed as far as its voxels come: no more memory is taken than twice
    /// what there is of them.
    /// </summary>
    /// <param name="header">Of the file.</param>
    /// <param name="stream">At the plane.</param>
    /// <param name="used">Memory of an earlier plane, or null.</param>
    /// <param name="bytes">As <see cref="PlaneBytes"/> says.</param>
    /// <param name="cancellationToken">Stops between reads.</param>
    internal static async Task<byte[]> ReadPlaneAsync(
        NiftiHeader header, Stream stream, byte[]? used, int bytes, CancellationToken cancellationToken)
    {
        var plane = used ?? GC.AllocateUninitializedArray<byte>(Math.Min(bytes, UnprovenBytes));
        await stream.ReadExactlyAsync(plane, cancellationToken);
        while (plane.Length < bytes)
        {
            var filled = plane.Length;
            Array.Resize(ref plane, (int)Math.Min(bytes, 2L * filled));
            await stream.ReadExactlyAsync(plane.AsMemory(filled), cancellationToken);
        }

        if (IsSwapped(header.IsBigEndian))
        {
            NiftiFields.Swap(plane, Volume.SizeOf(header.Type));
        }

        return plane;
    }

    internal static OrganSegException Damaged(string file, Exception error) => new(
        ErrorKind.Invalid,
        error is EndOfStreamException
            ? $"{file}: ends before its last voxel; make or copy the file again."
            : $"{file}: its gzip compression is damaged; make or copy the file again.",
        error);

    internal static async Task SkipAsync(Stream stream, long bytes, CancellationToken cancellationToken)
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
    internal static async Task FinishAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[CopyBytes];
        var read = 0;
        while (read < TrailingBytes && await stream.ReadAsync(buffer, cancellationToken) is > 0 and var more)
        {
            read += more;
        }
    }

    private Task WriteAsync(
        Stream stream, byte[] header, IReadOnlyList<byte[]> planes, int voxel, bool compress, CancellationToken cancellationToken) =>
        NiftiWriter.WriteAsync(stream, header, planes, IsSwapped(_header.IsBigEndian) ? voxel : 1, compress, cancellationToken);

    private static bool IsSwapped(bool bigEndian) => bigEndian == BitConverter.IsLittleEndian;
}
