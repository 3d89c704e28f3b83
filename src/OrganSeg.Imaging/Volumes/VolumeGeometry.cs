namespace OrganSeg.Imaging.Volumes;

/// <summary>
/// Where a volume's voxels lie in the patient. Voxel (i, j, k) is at <c>affine · (i, j, k, 1)</c>, in millimetres,
/// as NIfTI has it: +x to the patient's right, +y to the front, +z to the head ("RAS").
/// </summary>
/// <remarks>
/// An oblique volume is not resampled: each file axis is taken for the one of the patient's that it is nearest to, as
/// nibabel's <c>io_orientation</c> does, so that voxels and labels stay in place one to one.
/// </remarks>
public sealed class VolumeGeometry
{
    private static readonly int[][] Orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

    private readonly double[] _affine;

    /// <param name="lengths">Voxels along the file's three axes, each at least 1.</param>
    /// <param name="affine">Row-major 3×4, millimetres.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: the affine has no volume, or a number that is
    /// not finite; the field is <c>affine</c>.</exception>
    public VolumeGeometry(IReadOnlyList<int> lengths, IReadOnlyList<double> affine)
    {
        ArgumentNullException.ThrowIfNull(lengths);
        ArgumentNullException.ThrowIfNull(affine);
        if (lengths.Count != 3 || lengths.Any(length => length < 1))
        {
            throw new ArgumentException("Three positive lengths are needed.", nameof(lengths));
        }

        if (affine.Count != 12)
        {
            throw new ArgumentException("Three rows of four numbers are needed.", nameof(affine));
        }

        Lengths = [.. lengths];
        _affine = [.. affine];
        if (!_affine.All(double.IsFinite))
        {
            throw OrganSegException.Invalid("affine", "has numbers that are not finite; write the file again with a valid orientation.");
        }

        var steps = Enumerable.Range(0, 3).Select(Step).ToArray();
        var volume = Math.Abs(Determinant());
        if (steps.Any(step => step <= 0) || !(volume > 1e-6 * steps[0] * steps[1] * steps[2]))
        {
            throw OrganSegException.Invalid("affine", "maps voxels onto a plane or a point; write the file again with a valid orientation.");
        }

        var order = Orders.MaxBy(o => Enumerable.Range(0, 3).Sum(world => Math.Abs(Direction(world, o[world]))))!;
        // An image's columns run to the patient's left and its rows to the back; slices rise to the head.
        Columns = Axis(order[0], world: 0, positive: false);
        Rows = Axis(order[1], world: 1, positive: false);
        Slices = Axis(order[2], world: 2, positive: true);
        Spacing = new PixelSpacing(Step(Rows.Index), Step(Columns.Index));
        SliceDistance = Step(Slices.Index);
        VoxelMillilitres = volume / 1000;
    }

    /// <summary>Voxels along the file's axes.</summary>
    public IReadOnlyList<int> Lengths { get; }

    /// <summary>Row-major 3×4, millimetres.</summary>
    public IReadOnlyList<double> Affine => _affine;

    /// <summary>From image left to image right, which is the patient's right to left.</summary>
    public VolumeAxis Columns { get; }

    /// <summary>From top to bottom, which is front to back.</summary>
    public VolumeAxis Rows { get; }

    /// <summary>From slice to slice, towards the head.</summary>
    public VolumeAxis Slices { get; }

    /// <summary>Distances of pixel centres within a slice, millimetres.</summary>
    public PixelSpacing Spacing { get; }

    /// <summary>Distance of voxel centres from slice to slice, along the file's axis, millimetres.</summary>
    public double SliceDistance { get; }

    /// <summary>Volume of one voxel, mL.</summary>
    public double VoxelMillilitres { get; }

    /// <summary>Three letters: where each file axis points to, of R/L, A/P and S/I, such as <c>RAS</c>.</summary>
    public string Orientation
    {
        get
        {
            var letters = new char[3];
            letters[Columns.Index] = Columns.Reversed ? 'R' : 'L';
            letters[Rows.Index] = Rows.Reversed ? 'A' : 'P';
            letters[Slices.Index] = Slices.Reversed ? 'I' : 'S';
            return new string(letters);
        }
    }

    /// <summary>The same as the constructor, with errors that name a file, too.</summary>
    internal static VolumeGeometry Of(IReadOnlyList<int> lengths, IReadOnlyList<double> affine, string file)
    {
        try
        {
            return new VolumeGeometry(lengths, affine);
        }
        catch (OrganSegException error)
        {
            throw new OrganSegException([.. error.Violations.Select(v => new FieldViolation(file, $"{v.Field} {v.Description}"))]);
        }
    }

    /// <summary>Steps along the file's three axes that make a way in the patient's space, millimetres.</summary>
    internal double[] Inverse(double x, double y, double z)
    {
        // Cramer's rule.
        double At(int row, int column) => _affine[(4 * row) + column];
        double Cofactor(int row, int column)
        {
            var (r1, r2, c1, c2) = ((row + 1) % 3, (row + 2) % 3, (column + 1) % 3, (column + 2) % 3);
            return (At(r1, c1) * At(r2, c2)) - (At(r1, c2) * At(r2, c1));
        }

        var determinant = Determinant();
        return [.. Enumerable.Range(0, 3).Select(axis => ((Cofactor(0, axis) * x) + (Cofactor(1, axis) * y) + (Cofactor(2, axis) * z)) / determinant)];
    }

    private VolumeAxis Axis(int index, int world, bool positive) =>
        new(index, _affine[(4 * world) + index] > 0 != positive, Lengths[index]);

    private double Step(int axis) => Math.Sqrt(Enumerable.Range(0, 3).Sum(row => _affine[(4 * row) + axis] * _affine[(4 * row) + axis]));

    private double Direction(int world, int axis) => _affine[(4 * world) + axis] / Step(axis);

    private double Determinant()
    {
        double At(int row, int column) => _affine[(4 * row) + column];
        return (At(0, 0) * ((At(1, 1) * At(2, 2)) - (At(1, 2) * At(2, 1))))
            - (At(0, 1) * ((At(1, 0) * At(2, 2)) - (At(1, 2) * At(2, 0))))
            + (At(0, 2) * ((At(1, 0) * At(2, 1)) - (At(1, 1) * At(2, 0))));
    }
}
