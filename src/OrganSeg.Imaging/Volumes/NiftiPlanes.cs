using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace OrganSeg.Imaging.Volumes;

/// <summary>
/// A NIfTI file read plane by plane along its third axis, for who needs each plane once: no more of the volume is in memory than
/// the planes that are being worked on.
/// </summary>
public sealed class NiftiPlanes : IAsyncDisposable
{
    private readonly NiftiHeader _header;
    private readonly Stream _stream;
    private readonly string _file;
    private readonly int _headerBytes;
    private readonly int _planeBytes;
    private readonly ConcurrentBag<byte[]> _free = [];

    private NiftiPlanes(NiftiHeader header, Stream stream, string file, int headerBytes, int planeBytes)
    {
        (_header, _stream, _file, _headerBytes, _planeBytes) = (header, stream, file, headerBytes, planeBytes);
        Geometry = VolumeGeometry.Of(header.Lengths, header.Affine(), file);
    }

    /// <summary>Where the voxels of the whole volume lie.</summary>
    public VolumeGeometry Geometry { get; }

    /// <summary>Reads the header.</summary>
    /// <param name="stream">A .nii or .nii.gz; read forwards only, and left open.</param>
    /// <param name="file">Name that errors give.</param>
    /// <param name="maxBytes">Most bytes of voxels.</param>
    /// <param name="cancellationToken">Stops between reads.</param>
    /// <exception cref="OrganSegException">As of <see cref="NiftiVolume.ReadAsync"/>.</exception>
    public static async Task<NiftiPlanes> OpenAsync(Stream stream, string file, long maxBytes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Stream? whole = null;
        try
        {
            whole = await NiftiVolume.OpenAsync(stream, cancellationToken);
            var (header, size) = await NiftiVolume.ReadHeaderAsync(whole, file, paired: false, cancellationToken);
            return new NiftiPlanes(header, whole, file, size, NiftiVolume.PlaneBytes(header, file, maxBytes));
        }
        catch (Exception error)
        {
            if (whole is not null)
            {
                await whole.DisposeAsync();
            }

            if (error is InvalidDataException or EndOfStreamException)
            {
                throw NiftiVolume.Damaged(file, error);
            }

            throw;
        }
    }

    /// <summary>The planes, once, in the order of the file: each a volume of length 1 along the third axis.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: cut off or damaged.</exception>
    public async IAsyncEnumerable<Volume> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var geometry = new VolumeGeometry([Geometry.Lengths[0], Geometry.Lengths[1], 1], Geometry.Affine);
        for (var k = 0; k < Geometry.Lengths[2]; k++)
        {
            var plane = await ReadAsync(k, cancellationToken);
            yield return new Volume(geometry, _header.Type, [plane], _header.Slope, _header.Intercept);
        }
    }

    /// <summary>Gives the memory of a plane back for a later one; its volume must not be used any more. From any thread.</summary>
    public void Release(Volume plane)
    {
        ArgumentNullException.ThrowIfNull(plane);
        _free.Add(plane.Planes[0]);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task<byte[]> ReadAsync(int k, CancellationToken cancellationToken)
    {
        try
        {
            if (k == 0)
            {
                await NiftiVolume.SkipAsync(_stream, _header.DataOffset - _headerBytes, cancellationToken);
            }

            _free.TryTake(out var used);
            var plane = await NiftiVolume.ReadPlaneAsync(_header, _stream, used, _planeBytes, cancellationToken);
            if (k == Geometry.Lengths[2] - 1)
            {
                await NiftiVolume.FinishAsync(_stream, cancellationToken);
            }

            return plane;
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
        {
            throw NiftiVolume.Damaged(_file, error);
        }
    }
}
