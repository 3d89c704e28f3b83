using System.Runtime.InteropServices;

namespace OrganSeg.Imaging.Volumes;

/// <summary>
/// Turns volumes to the canonical axial view and back, voxel for voxel: the first axis runs to the patient's left, the second to
/// the back, the third to the head, so that a plane is an axial slice with the front up and the patient's right at the left.
/// Nothing is interpolated; an oblique volume's axes go to the directions that they are nearest to.
/// </summary>
public sealed class CanonicalOrientation
{
    /// <param name="source">Where the voxels lie as they came.</param>
    public CanonicalOrientation(VolumeGeometry source)
    {
        ArgumentNullException.ThrowIfNull(source);
        Source = source;
        VolumeAxis[] axes = [source.Columns, source.Rows, source.Slices];
        var affine = new double[12];
        for (var row = 0; row < 3; row++)
        {
            affine[(4 * row) + 3] = source.Affine[(4 * row) + 3];
            for (var axis = 0; axis < 3; axis++)
            {
                var step = source.Affine[(4 * row) + axes[axis].Index];
                affine[(4 * row) + axis] = axes[axis].Reversed ? -step : step;
                affine[(4 * row) + 3] += axes[axis].At(0) * step;
            }
        }

        // Adding zero makes a plain zero of a negative one.
        Canonical = new VolumeGeometry([.. axes.Select(axis => axis.Length)], [.. affine.Select(value => value + 0.0)]);
    }

    /// <summary>Where the voxels lie as they came.</summary>
    public VolumeGeometry Source { get; }

    /// <summary>The same places in the canonical order.</summary>
    public VolumeGeometry Canonical { get; }

    /// <summary>Turns a volume to the canonical view.</summary>
    /// <param name="volume">Over the voxels of <see cref="Source"/>, of any type.</param>
    public Volume ToCanonical(Volume volume) => Turn(volume, Source, Canonical);

    /// <summary>Turns a volume back; the affine is that of <see cref="Source"/>, bit for bit.</summary>
    /// <param name="volume">Over the voxels of <see cref="Canonical"/>, of any type.</param>
    public Volume FromCanonical(Volume volume) => Turn(volume, Canonical, Source);

    private Volume Turn(Volume volume, VolumeGeometry from, VolumeGeometry to)
    {
        ArgumentNullException.ThrowIfNull(volume);
        if (!volume.Geometry.Lengths.SequenceEqual(from.Lengths))
        {
            throw new ArgumentException("The volume is not over the voxels to be turned.", nameof(volume));
        }

        var size = Volume.SizeOf(volume.Type);
        var planes = new byte[to.Lengths[2]][];
        for (var k = 0; k < planes.Length; k++)
        {
            planes[k] = GC.AllocateUninitializedArray<byte>(checked(to.Lengths[0] * to.Lengths[1] * size));
        }

        var forwards = to == Canonical;
        Action<int> turn = size switch
        {
            1 => slice => Turn<byte>(volume.Planes, planes, slice, forwards),
            2 => slice => Turn<ushort>(volume.Planes, planes, slice, forwards),
            4 => slice => Turn<uint>(volume.Planes, planes, slice, forwards),
            _ => slice => Turn<ulong>(volume.Planes, planes, slice, forwards),
        };
        Parallel.For(0, Canonical.Lengths[2], turn);
        return new Volume(to, volume.Type, planes, volume.Slope, volume.Intercept);
    }

    /// <summary>One axial slice, from or to the source's order.</summary>
    private void Turn<T>(IReadOnlyList<byte[]> from, byte[][] to, int slice, bool forwards)
        where T : unmanaged
    {
        var walk = new VolumeWalk(Source, slice);
        var (rows, columns) = (Canonical.Lengths[1], Canonical.Lengths[0]);
        var axial = MemoryMarshal.Cast<byte, T>((forwards ? to : from)[slice].AsSpan());
        var open = -1;
        Span<T> other = default;
        for (var row = 0; row < rows; row++)
        {
            var line = axial.Slice(row * columns, columns);
            for (var column = 0; column < columns; column++)
            {
                var (plane, offset) = walk.At(row, column);
                if (plane != open)
                {
                    open = plane;
                    other = MemoryMarshal.Cast<byte, T>((forwards ? from : to)[plane].AsSpan());
                }

                if (forwards)
                {
                    line[column] = other[offset];
                }
                else
                {
                    other[offset] = line[column];
                }
            }
        }
    }
}
