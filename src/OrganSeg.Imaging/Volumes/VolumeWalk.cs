namespace OrganSeg.Imaging.Volumes;

/// <summary>From a pixel of an axial slice to its voxel in the file's order.</summary>
internal readonly struct VolumeWalk
{
    private readonly int _plane;
    private readonly int _offset;
    private readonly (int Plane, int Offset) _perRow;
    private readonly (int Plane, int Offset) _perColumn;

    public VolumeWalk(VolumeGeometry geometry, int slice)
    {
        var first = (Plane: 0, Offset: 0);
        Add(geometry.Slices, geometry.Slices.At(slice));
        Add(geometry.Rows, geometry.Rows.At(0));
        Add(geometry.Columns, geometry.Columns.At(0));
        (_plane, _offset) = first;
        _perRow = Step(geometry.Rows);
        _perColumn = Step(geometry.Columns);

        (int Plane, int Offset) Unit(int axis) => axis switch
        {
            0 => (0, 1),
            1 => (0, geometry.Lengths[0]),
            _ => (1, 0),
        };

        (int Plane, int Offset) Step(VolumeAxis axis)
        {
            var (plane, offset) = Unit(axis.Index);
            return axis.Reversed ? (-plane, -offset) : (plane, offset);
        }

        void Add(VolumeAxis axis, int place)
        {
            var (plane, offset) = Unit(axis.Index);
            first = (first.Plane + (plane * place), first.Offset + (offset * place));
        }
    }

    /// <summary>From a pixel to the next of its row: planes, and voxels within a plane. One of them is 0.</summary>
    public (int Planes, int Voxels) PerColumn => _perColumn;

    /// <summary>The place along the third file axis, and the voxel within that plane.</summary>
    public (int Plane, int Offset) At(int row, int column) => (
        _plane + (row * _perRow.Plane) + (column * _perColumn.Plane),
        _offset + (row * _perRow.Offset) + (column * _perColumn.Offset));
}
