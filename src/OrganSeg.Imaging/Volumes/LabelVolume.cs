namespace OrganSeg.Imaging.Volumes;

/// <summary>Class ids for every voxel of a volume, in the order of its file; background until a slice is put.</summary>
public sealed class LabelVolume
{
    private readonly byte[][] _planes;

    /// <summary>All background, over a volume's voxels.</summary>
    public LabelVolume(VolumeGeometry geometry)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Geometry = geometry;
        _planes = new byte[geometry.Lengths[2]][];
        for (var k = 0; k < _planes.Length; k++)
        {
            _planes[k] = new byte[checked(geometry.Lengths[0] * geometry.Lengths[1])];
        }
    }

    /// <summary>Where the voxels lie.</summary>
    public VolumeGeometry Geometry { get; }

    /// <summary>One array for each place along the third file axis; the first axis runs fastest.</summary>
    public IReadOnlyList<byte[]> Planes => _planes;

    /// <summary>Sets an axial slice; different slices may be set at the same time.</summary>
    /// <param name="slice">0 is nearest to the feet.</param>
    /// <param name="labels">[rows, columns], as <see cref="Volume.Window(int, double, double)"/> shows the slice.</param>
    public void Put(int slice, ByteImage labels)
    {
        Check(slice, labels);
        var walk = new VolumeWalk(Geometry, slice);
        for (var row = 0; row < labels.Height; row++)
        {
            var pixels = labels.Row(row);
            for (var column = 0; column < pixels.Length; column++)
            {
                var (plane, offset) = walk.At(row, column);
                _planes[plane][offset] = pixels[column];
            }
        }
    }

    /// <summary>An axial slice, front up and the patient's right at the left.</summary>
    /// <param name="slice">0 is nearest to the feet.</param>
    public ByteImage Slice(int slice)
    {
        var labels = new ByteImage(Geometry.Columns.Length, Geometry.Rows.Length);
        Check(slice, labels);
        var walk = new VolumeWalk(Geometry, slice);
        for (var row = 0; row < labels.Height; row++)
        {
            var pixels = labels.Row(row);
            for (var column = 0; column < pixels.Length; column++)
            {
                var (plane, offset) = walk.At(row, column);
                pixels[column] = _planes[plane][offset];
            }
        }

        return labels;
    }

    /// <summary>Voxels of each class id.</summary>
    public long[] Count()
    {
        var counts = new long[256];
        foreach (var plane in _planes)
        {
            foreach (var label in plane)
            {
                counts[label]++;
            }
        }

        return counts;
    }

    private void Check(int slice, ByteImage labels)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(slice);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(slice, Geometry.Slices.Length);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Width != Geometry.Columns.Length || labels.Height != Geometry.Rows.Length)
        {
            throw new ArgumentException(
                $"{labels.Width}×{labels.Height} is not the slice's {Geometry.Columns.Length}×{Geometry.Rows.Length}.", nameof(labels));
        }
    }
}
