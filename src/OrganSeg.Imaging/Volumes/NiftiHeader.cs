using System.Buffers.Binary;

namespace OrganSeg.Imaging.Volumes;

/// <summary>
/// The header of a NIfTI-1 (348 bytes) or NIfTI-2 (540 bytes) file, in the file's own byte order. Fields and offsets are
/// those of nifti1.h and nifti2.h (nifti.nimh.nih.gov).
/// </summary>
internal sealed class NiftiHeader
{
    public const int Size1 = 348;
    public const int Size2 = 540;

    // What NIfTI-1 has room for, and more than any scanner makes. Of planes of one voxel a thousand times as many would take more memory
    // than they hold.
    private const int MostAlongAxis = short.MaxValue;

    private const int Metre = 1;
    private const int Micron = 3;
    // Extensions, such as copies of DICOM headers.
    private const int MostBetweenBytes = 64 << 20;

    private readonly byte[] _bytes;
    private readonly string _file;

    private NiftiHeader(byte[] bytes, bool bigEndian, bool paired, string file)
    {
        (_bytes, IsBigEndian, _file) = (bytes, bigEndian, file);
        CheckMagic(paired);
        Lengths = ReadLengths();
        Type = ReadType();
        DataOffset = IsSecond ? Int64(168) : (long)Float32(108);
        if (DataOffset < (paired ? 0 : bytes.Length) || (!IsSecond && !float.IsFinite(Float32(108))))
        {
            throw Wrong("vox_offset", $"is {DataOffset}, {(paired ? "before the file" : "inside the header")}");
        }

        if (DataOffset > bytes.Length + MostBetweenBytes)
        {
            throw Wrong("vox_offset", $"is {DataOffset}; at most {MostBetweenBytes >> 20} MiB before the voxels are stepped over");
        }

        var (slope, intercept) = IsSecond ? (Float64(176), Float64(184)) : (Float32(112), Float32(116));
        // A slope of zero means that the numbers are meant as they are.
        (Slope, Intercept) = slope == 0 || !double.IsFinite(slope) ? (1, 0) : (slope, intercept);
        if (!double.IsFinite(Intercept))
        {
            throw Wrong("scl_inter", $"is {Intercept}");
        }
    }

    public bool IsBigEndian { get; }

    public bool IsSecond => _bytes.Length == Size2;

    public IReadOnlyList<int> Lengths { get; }

    public VoxelType Type { get; }

    /// <summary>Bytes from the start of the file that holds the voxels to the first of them.</summary>
    public long DataOffset { get; }

    public double Slope { get; }

    public double Intercept { get; }

    /// <summary>How long a file's header is by its first four bytes; 0 when it is no NIfTI.</summary>
    public static int SizeOf(ReadOnlySpan<byte> start) => BinaryPrimitives.ReadInt32LittleEndian(start) switch
    {
        Size1 or Size2 => BinaryPrimitives.ReadInt32LittleEndian(start),
        _ => BinaryPrimitives.ReadInt32BigEndian(start) is Size1 or Size2 ? BinaryPrimitives.ReadInt32BigEndian(start) : 0,
    };

    /// <param name="bytes">The whole header, as long as <see cref="SizeOf"/> says.</param>
    /// <param name="paired">Whether the voxels are in a file of their own.</param>
    /// <param name="file">What errors name.</param>
    /// <exception cref="OrganSegException">Invalid, naming the field.</exception>
    public static NiftiHeader Parse(byte[] bytes, bool paired, string file) =>
        new(bytes, BinaryPrimitives.ReadInt32LittleEndian(bytes) != bytes.Length, paired, file);

    /// <summary>
    /// Row-major 3×4 in millimetres: the sform where its code is set, else the qform, else the pixel sizes with the first
    /// axis to the patient's left, as Analyze had it and nibabel reads it.
    /// </summary>
    public double[] Affine()
    {
        var (qform, sform) = IsSecond ? (Int32(344), Int32(348)) : (Int16(252), Int16(254));
        double[] affine = sform > 0 ? Sform() : qform > 0 ? Qform() : Analyze();
        var millimetres = ((IsSecond ? Int32(500) : _bytes[123]) & 7) switch
        {
            Metre => 1000.0,
            Micron => 0.001,
            _ => 1,
        };
        return [.. affine.Select(value => value * millimetres)];
    }

    /// <summary>
    /// The header of another volume over the same voxels, as a single file: everything that says where they lie stays bit for bit.
    /// </summary>
    public byte[] For(VoxelType type, double slope, double intercept, bool labels)
    {
        var copy = (byte[])_bytes.Clone();
        var header = new NiftiFields(copy, IsBigEndian);
        var (bits, intent) = ((short)(8 * Volume.SizeOf(type)), labels ? NiftiFields.LabelIntent : (short)0);
        // One volume, right after a header without extensions: those may hold what identifies a patient.
        if (IsSecond)
        {
            header.Int16(12, (short)type);
            header.Int16(14, bits);
            header.Int64(16, Math.Min(Int64(16), 3));
            header.Int64(168, Size2 + 4);
            header.Float64(176, slope);
            header.Float64(184, intercept);
            copy.AsSpan(192, 16).Clear();
            copy.AsSpan(240, 104).Clear();
            header.Int32(504, intent);
            copy.AsSpan(508, 16).Clear();
            NiftiFields.Single2.CopyTo(copy.AsSpan(4));
        }
        else
        {
            // Fields of Analyze that readers ignore, the patient's name in db_name among them.
            copy.AsSpan(4, 34).Clear();
            header.Int16(40, Math.Min(Int16(40), (short)3));
            header.Int16(68, intent);
            header.Int16(70, (short)type);
            header.Int16(72, bits);
            header.Float32(108, Size1 + 4);
            header.Float32(112, (float)slope);
            header.Float32(116, (float)intercept);
            copy.AsSpan(124, 8).Clear();
            copy.AsSpan(140, 8).Clear();
            copy.AsSpan(148, 104).Clear();
            copy.AsSpan(328, 16).Clear();
            NiftiFields.Single1.CopyTo(copy.AsSpan(344));
        }

        return copy;
    }

    private double[] Sform() => [.. Enumerable.Range(0, 12).Select(i => IsSecond ? Float64(400 + (8 * i)) : Float32(280 + (4 * i)))];

    /// <summary>Method 2 of nifti1.h: a unit quaternion, and pixel sizes whose first has the handedness.</summary>
    private double[] Qform()
    {
        double Q(int index) => IsSecond ? Float64(352 + (8 * index)) : Float32(256 + (4 * index));
        var (b, c, d) = (Q(0), Q(1), Q(2));
        var squares = (b * b) + (c * c) + (d * d);
        double a;
        if (squares >= 1 - 1e-7)
        {
            var length = Math.Sqrt(squares);
            (a, b, c, d) = (0, b / length, c / length, d / length);
        }
        else
        {
            a = Math.Sqrt(1 - squares);
        }

        var (x, y, z) = (Pixel(1), Pixel(2), Pixel(3) * (Pixel(0, signed: true) < 0 ? -1 : 1));
        return
        [
            ((a * a) + (b * b) - (c * c) - (d * d)) * x, 2 * ((b * c) - (a * d)) * y, 2 * ((b * d) + (a * c)) * z, Q(3),
            2 * ((b * c) + (a * d)) * x, ((a * a) + (c * c) - (b * b) - (d * d)) * y, 2 * ((c * d) - (a * b)) * z, Q(4),
            2 * ((b * d) - (a * c)) * x, 2 * ((c * d) + (a * b)) * y, ((a * a) + (d * d) - (c * c) - (b * b)) * z, Q(5),
        ];
    }

    private double[] Analyze()
    {
        var sizes = Enumerable.Range(1, 3).Select(axis => Pixel(axis)).ToArray();
        var centre = sizes.Select((size, axis) => size * (Lengths[axis] - 1) / 2).ToArray();
        return [-sizes[0], 0, 0, centre[0], 0, sizes[1], 0, -centre[1], 0, 0, sizes[2], -centre[2]];
    }

    private double Pixel(int axis, bool signed = false)
    {
        var size = IsSecond ? Float64(104 + (8 * axis)) : Float32(76 + (4 * axis));
        return signed ? size : size == 0 ? 1 : Math.Abs(size);
    }

    private void CheckMagic(bool paired)
    {
        var magic = _bytes.AsSpan(IsSecond ? 4 : 344, 4);
        var (isSingle, isPaired) = IsSecond
            ? (magic.SequenceEqual(NiftiFields.Single2[..4]), magic.SequenceEqual("ni2\0"u8))
            : (magic.SequenceEqual(NiftiFields.Single1), magic.SequenceEqual("ni1\0"u8));
        if (paired ? isPaired : isSingle)
        {
            return;
        }

        throw Wrong("magic", isPaired ? "is of a pair of files; give its .hdr and .img together, or convert it to a single .nii or .nii.gz"
            : isSingle ? "is of a single file, which holds its voxels itself; give it alone, as .nii or .nii.gz"
            : paired ? "is not NIfTI's; an Analyze file does not say where right and left are, so convert it to .nii or .nii.gz"
            : "is not NIfTI's; give a .nii or .nii.gz file");
    }

    private int[] ReadLengths()
    {
        long Length(int index) => IsSecond ? Int64(16 + (8 * index)) : Int16(40 + (2 * index));
        var count = Length(0);
        if (count is < 1 or > 7)
        {
            throw Wrong("dim[0]", $"is {count}; it must be 1 to 7");
        }

        for (var i = 4; i <= count; i++)
        {
            if (Length(i) > 1)
            {
                throw Wrong($"dim[{i}]", $"is {Length(i)}; only one volume of scalars can be segmented, so split the file first");
            }
        }

        var lengths = new int[3];
        for (var i = 1; i <= 3; i++)
        {
            var length = i <= count ? Length(i) : 1;
            lengths[i - 1] = length is >= 1 and <= MostAlongAxis ? (int)length : throw Wrong($"dim[{i}]", $"is {length}; it must be 1 to {MostAlongAxis}");
        }

        return lengths;
    }

    private VoxelType ReadType()
    {
        var type = (VoxelType)Int16(IsSecond ? 12 : 70);
        if (!Enum.IsDefined(type))
        {
            throw Wrong("datatype", $"is {(int)type}; integers of 8 to 64 bits and floats of 32 and 64 bits can be read");
        }

        var bits = Int16(IsSecond ? 14 : 72);
        return bits == 8 * Volume.SizeOf(type)
            ? type
            : throw Wrong("bitpix", $"is {bits}; datatype {(int)type} has {8 * Volume.SizeOf(type)} bits");
    }

    private OrganSegException Wrong(string field, string what) => OrganSegException.Invalid(_file, $"{field} {what}.");

    private short Int16(int offset) => IsBigEndian
        ? BinaryPrimitives.ReadInt16BigEndian(_bytes.AsSpan(offset))
        : BinaryPrimitives.ReadInt16LittleEndian(_bytes.AsSpan(offset));

    private int Int32(int offset) => IsBigEndian
        ? BinaryPrimitives.ReadInt32BigEndian(_bytes.AsSpan(offset))
        : BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan(offset));

    private long Int64(int offset) => IsBigEndian
        ? BinaryPrimitives.ReadInt64BigEndian(_bytes.AsSpan(offset))
        : BinaryPrimitives.ReadInt64LittleEndian(_bytes.AsSpan(offset));

    private float Float32(int offset) => BitConverter.Int32BitsToSingle(Int32(offset));

    private double Float64(int offset) => BitConverter.Int64BitsToDouble(Int64(offset));
}
