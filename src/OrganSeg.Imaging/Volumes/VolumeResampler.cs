using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace OrganSeg.Imaging.Volumes;

/// <summary>
/// Resamples volumes to another spacing of voxels along their own axes. The new voxels fill the same box from the same corner:
/// centre i lies at (i + ½) · new / old − ½ of the old axis, as pixel areas have it; beyond the outermost centres their values
/// go on. An axis of n voxels gets n · old / new of them, rounded, at least one.
/// </summary>
public static class VolumeResampler
{
    /// <summary>Linear between the two nearest centres of each axis, for grey values.</summary>
    /// <param name="volume">In any orientation and type.</param>
    /// <param name="spacingMm">Along the volume's three axes, in its own order.</param>
    /// <param name="maxBytes">Most bytes of the result.</param>
    /// <param name="cancellationToken">Stops between lines.</param>
    /// <returns>HU as float32. What is not a number spreads to its neighbours.</returns>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: the result is too large.</exception>
    public static Volume Linear(Volume volume, IReadOnlyList<double> spacingMm, long maxBytes, CancellationToken cancellationToken)
    {
        var axes = Axes(volume, spacingMm, sizeof(float), maxBytes);
        var (width, height, depth) = (volume.Geometry.Lengths[0], volume.Geometry.Lengths[1], volume.Geometry.Lengths[2]);
        var options = new ParallelOptions { CancellationToken = cancellationToken };
        var (newWidth, newHeight) = (axes[0].Length, axes[1].Length);
        var flat = new float[depth][];
        Parallel.For(0, depth, options, k =>
        {
            var plane = new float[width * height];
            volume.CopyHu(k, plane);
            var narrow = new float[newWidth * height];
            for (var row = 0; row < height; row++)
            {
                var from = plane.AsSpan(row * width, width);
                var to = narrow.AsSpan(row * newWidth, newWidth);
                for (var i = 0; i < to.Length; i++)
                {
                    var (below, above, share) = axes[0][i];
                    to[i] = share == 0 ? from[below] : (from[below] * (1 - share)) + (from[above] * share);
                }
            }

            flat[k] = new float[newWidth * newHeight];
            for (var row = 0; row < newHeight; row++)
            {
                var (below, above, share) = axes[1][row];
                Blend(narrow.AsSpan(below * newWidth, newWidth), narrow.AsSpan(above * newWidth, newWidth), share, flat[k].AsSpan(row * newWidth, newWidth));
            }
        });
        var planes = new byte[axes[2].Length][];
        Parallel.For(0, planes.Length, options, k =>
        {
            planes[k] = new byte[sizeof(float) * newWidth * newHeight];
            var (below, above, share) = axes[2][k];
            Blend(flat[below], flat[above], share, MemoryMarshal.Cast<byte, float>(planes[k].AsSpan()));
        });
        return new Volume(Geometry(volume.Geometry, axes), VoxelType.Float32, planes);
    }

    /// <summary>The voxel whose centre is nearest, the upper one of two that are equally near, for labels.</summary>
    /// <param name="volume">In any orientation and type.</param>
    /// <param name="spacingMm">Along the volume's three axes, in its own order.</param>
    /// <param name="maxBytes">Most bytes of the result.</param>
    /// <param name="cancellationToken">Stops between planes.</param>
    /// <returns>The same type, slope and intercept.</returns>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: the result is too large.</exception>
    public static Volume Nearest(Volume volume, IReadOnlyList<double> spacingMm, long maxBytes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(volume);
        var size = Volume.SizeOf(volume.Type);
        var axes = Axes(volume, spacingMm, size, maxBytes);
        Func<byte[], byte[]> resize = size switch
        {
            1 => plane => Nearest<byte>(plane, volume.Geometry.Lengths[0], axes),
            2 => plane => Nearest<ushort>(plane, volume.Geometry.Lengths[0], axes),
            4 => plane => Nearest<uint>(plane, volume.Geometry.Lengths[0], axes),
            _ => plane => Nearest<ulong>(plane, volume.Geometry.Lengths[0], axes),
        };
        var planes = new byte[axes[2].Length][];
        var options = new ParallelOptions { CancellationToken = cancellationToken };
        Parallel.For(0, planes.Length, options, k => planes[k] = resize(volume.Planes[axes[2].Nearest(k)]));
        return new Volume(Geometry(volume.Geometry, axes), volume.Type, planes, volume.Slope, volume.Intercept);
    }

    private static byte[] Nearest<T>(byte[] plane, int width, ResampledAxis[] axes)
        where T : unmanaged
    {
        var from = MemoryMarshal.Cast<byte, T>(plane.AsSpan());
        var columns = Enumerable.Range(0, axes[0].Length).Select(axes[0].Nearest).ToArray();
        var pixels = new T[columns.Length * axes[1].Length];
        for (var row = 0; row < axes[1].Length; row++)
        {
            var line = from.Slice(axes[1].Nearest(row) * width, width);
            var to = pixels.AsSpan(row * columns.Length, columns.Length);
            for (var i = 0; i < to.Length; i++)
            {
                to[i] = line[columns[i]];
            }
        }

        return MemoryMarshal.AsBytes(pixels.AsSpan()).ToArray();
    }

    private static void Blend(ReadOnlySpan<float> below, ReadOnlySpan<float> above, float share, Span<float> to)
    {
        // Zero times what is not finite would be no number.
        if (share == 0)
        {
            below.CopyTo(to);
        }
        else
        {
            TensorPrimitives.Lerp(below, above, share, to);
        }
    }

    private static ResampledAxis[] Axes(Volume volume, IReadOnlyList<double> spacingMm, int size, long maxBytes)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(spacingMm);
        if (spacingMm.Count != 3 || !spacingMm.All(spacing => spacing > 0 && double.IsFinite(spacing)))
        {
            throw new ArgumentException("Three distances above 0 are needed.", nameof(spacingMm));
        }

        var affine = volume.Geometry.Affine;
        double Step(int axis) => Math.Sqrt(Enumerable.Range(0, 3).Sum(row => affine[(4 * row) + axis] * affine[(4 * row) + axis]));
        var ratios = Enumerable.Range(0, 3).Select(axis => spacingMm[axis] / Step(axis)).ToArray();
        var lengths = ratios.Select((ratio, axis) => Math.Max(1, Math.Round(volume.Geometry.Lengths[axis] / ratio))).ToArray();
        // Along the first axis lines are made before those of the second become fewer.
        var plane = size * lengths[0] * Math.Max(lengths[1], volume.Geometry.Lengths[1]);
        // And along the second before those of the third do.
        if (plane > Array.MaxLength || size * lengths[0] * lengths[1] * Math.Max(lengths[2], volume.Geometry.Lengths[2]) > maxBytes)
        {
            throw OrganSegException.Invalid(
                "spacing", FormattableString.Invariant($"of {spacingMm[0]:G4}×{spacingMm[1]:G4}×{spacingMm[2]:G4} mm gives {lengths[0]}×{lengths[1]}×{lengths[2]} voxels, more than fit into {maxBytes >> 20} MiB; take a wider one."));
        }

        return [.. ratios.Select((ratio, axis) => new ResampledAxis(volume.Geometry.Lengths[axis], (int)lengths[axis], ratio))];
    }

    private static VolumeGeometry Geometry(VolumeGeometry from, ResampledAxis[] axes)
    {
        var affine = from.Affine.ToArray();
        for (var row = 0; row < 3; row++)
        {
            for (var axis = 0; axis < 3; axis++)
            {
                var step = from.Affine[(4 * row) + axis];
                affine[(4 * row) + axis] = step * axes[axis].Ratio;
                affine[(4 * row) + 3] += step * (axes[axis].Ratio - 1) / 2;
            }
        }

        return new VolumeGeometry([.. axes.Select(axis => axis.Length)], affine);
    }
}
