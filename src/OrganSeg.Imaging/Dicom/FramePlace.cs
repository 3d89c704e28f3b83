using OrganSeg.Imaging.Volumes;

namespace OrganSeg.Imaging.Dicom;

/// <summary>From a pixel of a frame to the voxel of a volume that it lies on; their axes may be turned and swapped.</summary>
internal readonly struct FramePlace
{
    // Of a voxel, anywhere in the frame; coordinates are written with few decimals.
    private const double OffVoxel = 0.1;

    private readonly int[] _start;
    private readonly int[] _perRow;
    private readonly int[] _perColumn;
    private readonly int _width;

    private FramePlace(int[] start, int[] perRow, int[] perColumn, int width) =>
        (_start, _perRow, _perColumn, _width) = (start, perRow, perColumn, width);

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: between voxels, or outside.</exception>
    public static FramePlace Of(DicomFrame frame, int rows, int columns, VolumeGeometry volume)
    {
        // The frame as a volume of one slice; its thickness does not matter.
        var orientation = frame.ReadOrientation();
        var plane = DicomPlane.Affine(frame.ReadPosition(), orientation, frame.ReadSpacing(), DicomPlane.Normal(orientation));
        var start = volume.Inverse(plane[3] - volume.Affine[3], plane[7] - volume.Affine[7], plane[11] - volume.Affine[11]);
        var (perColumn, perRow) = (volume.Inverse(plane[0], plane[4], plane[8]), volume.Inverse(plane[1], plane[5], plane[9]));
        var first = Whole(start, 1);
        // A step's error adds up along the frame.
        var (right, down) = (Whole(perColumn, columns - 1), Whole(perRow, rows - 1));
        if (first is null || right is null || down is null || Axis(right) is not { } along || Axis(down) is not { } across || along == across)
        {
            throw OrganSegException.Invalid(
                frame.File, "does not lie on the voxels of the volume that it is to label; give the series that was segmented, or none.");
        }

        for (var axis = 0; axis < 3; axis++)
        {
            var end = first[axis] + (right[axis] * (columns - 1)) + (down[axis] * (rows - 1));
            if (Math.Min(first[axis], end) < 0 || Math.Max(first[axis], end) >= volume.Lengths[axis])
            {
                throw OrganSegException.Invalid(frame.File, "lies outside of the volume that it is to label; give the series that was segmented, or none.");
            }
        }

        return new FramePlace(first, down, right, volume.Lengths[0]);
    }

    /// <summary>The place along the third file axis, and the voxel within that plane.</summary>
    public (int Plane, int Offset) At(int row, int column) => (
        Index(2, row, column),
        (Index(1, row, column) * _width) + Index(0, row, column));

    /// <summary>The axis along which a step of one pixel is a step of one voxel; null where it is none of exactly one.</summary>
    private static int? Axis(int[] step) => step.Sum(Math.Abs) == 1 ? Array.FindIndex(step, part => part != 0) : null;

    private int Index(int axis, int row, int column) => _start[axis] + (row * _perRow[axis]) + (column * _perColumn[axis]);

    /// <summary>Rounded numbers; null where one of them is off by too much, after some steps.</summary>
    private static int[]? Whole(double[] numbers, int steps) =>
        numbers.All(number => Math.Abs(number) < int.MaxValue / 4 && Math.Abs(number - Math.Round(number)) * Math.Max(steps, 1) <= OffVoxel)
            ? [.. numbers.Select(number => (int)Math.Round(number))]
            : null;
}
