using System.Numerics;
using System.Runtime.InteropServices;

namespace OrganSeg.Imaging.Volumes;

/// <summary>
/// A scalar volume as its file has it, shown as axial slices. Voxels stay in the file's type and order; a slice is turned,
/// rescaled and windowed when it is asked for. Reading is safe from any thread.
/// </summary>
public sealed class Volume
{
    private readonly byte[][] _planes;
    private readonly double _slope;
    private readonly double _intercept;

    /// <param name="geometry">Where the voxels lie.</param>
    /// <param name="type">How they are stored, in this machine's byte order.</param>
    /// <param name="planes">One array for each place along the third file axis; the first axis runs fastest. Not copied.</param>
    /// <param name="slope">Multiplies a stored number.</param>
    /// <param name="intercept">Is added to it then; the result is HU.</param>
    public Volume(VolumeGeometry geometry, VoxelType type, IReadOnlyList<byte[]> planes, double slope = 1, double intercept = 0)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        ArgumentNullException.ThrowIfNull(planes);
        var bytes = (long)geometry.Lengths[0] * geometry.Lengths[1] * SizeOf(type);
        if (planes.Count != geometry.Lengths[2] || planes.Any(plane => plane.Length != bytes))
        {
            throw new ArgumentException("The planes do not fill the volume.", nameof(planes));
        }

        (Geometry, Type, _planes, _slope, _intercept) = (geometry, type, [.. planes], slope, intercept);
    }

    /// <summary>One array for each place along the third file axis, as given; nobody may write into them.</summary>
    public IReadOnlyList<byte[]> Planes => _planes;

    /// <summary>Multiplies a stored number.</summary>
    public double Slope => _slope;

    /// <summary>Is added to the multiplied number; the result is HU.</summary>
    public double Intercept => _intercept;

    /// <summary>Where the voxels lie.</summary>
    public VolumeGeometry Geometry { get; }

    /// <summary>How the voxels are stored.</summary>
    public VoxelType Type { get; }

    /// <summary>Number of axial slices.</summary>
    public int SliceCount => Geometry.Slices.Length;

    /// <summary>Bytes of one number.</summary>
    public static int SizeOf(VoxelType type) => type switch
    {
        VoxelType.UInt8 or VoxelType.Int8 => 1,
        VoxelType.Int16 or VoxelType.UInt16 => 2,
        VoxelType.Int32 or VoxelType.UInt32 or VoxelType.Float32 => 4,
        VoxelType.Float64 or VoxelType.Int64 or VoxelType.UInt64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "is not a scalar type"),
    };

    /// <summary>One axial slice, front up and the patient's right at the left, as 8-bit grey.</summary>
    /// <param name="slice">0 is nearest to the feet.</param>
    /// <param name="lowHu">HU shown as 0; everything below, and what is not a number, too.</param>
    /// <param name="highHu">HU shown as 255; everything above too.</param>
    /// <returns>[rows, columns]; values between are rounded to the nearest, halves to even.</returns>
    public ByteImage Window(int slice, double lowHu, double highHu)
    {
        var image = new ByteImage(Geometry.Columns.Length, Geometry.Rows.Length);
        Window(slice, lowHu, highHu, image);
        return image;
    }

    /// <summary>One axial slice, as the other overload, into an image that is there already.</summary>
    /// <param name="slice">0 is nearest to the feet.</param>
    /// <param name="lowHu">HU shown as 0.</param>
    /// <param name="highHu">HU shown as 255.</param>
    /// <param name="image">[rows, columns]; every pixel is written.</param>
    public void Window(int slice, double lowHu, double highHu, ByteImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Width != Geometry.Columns.Length || image.Height != Geometry.Rows.Length)
        {
            throw new ArgumentException($"{image.Width}×{image.Height} is not the {Geometry.Columns.Length}×{Geometry.Rows.Length} of a slice.", nameof(image));
        }

        if (!(lowHu < highHu))
        {
            throw new ArgumentException($"The window {lowHu}…{highHu} does not rise.", nameof(highHu));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(slice);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(slice, SliceCount);
        var scale = 255 / (highHu - lowHu);
        var (slope, shift) = (_slope * scale, (_intercept - lowHu) * scale);
        switch (Type)
        {
            case VoxelType.UInt8: Fill<byte, ScaledGreys<byte>>(image, slice, new(slope, shift)); break;
            case VoxelType.Int8: Fill<sbyte, ScaledGreys<sbyte>>(image, slice, new(slope, shift)); break;
            case VoxelType.Int16: Fill<short, SignedGreys>(image, slice, new(GreyTable.Of(isSigned: true, slope, shift))); break;
            case VoxelType.UInt16: Fill<ushort, UnsignedGreys>(image, slice, new(GreyTable.Of(isSigned: false, slope, shift))); break;
            case VoxelType.Int32: Fill<int, ScaledGreys<int>>(image, slice, new(slope, shift)); break;
            case VoxelType.UInt32: Fill<uint, ScaledGreys<uint>>(image, slice, new(slope, shift)); break;
            case VoxelType.Int64: Fill<long, ScaledGreys<long>>(image, slice, new(slope, shift)); break;
            case VoxelType.UInt64: Fill<ulong, ScaledGreys<ulong>>(image, slice, new(slope, shift)); break;
            case VoxelType.Float32: Fill<float, ScaledGreys<float>>(image, slice, new(slope, shift)); break;
            default: Fill<double, ScaledGreys<double>>(image, slice, new(slope, shift)); break;
        }
    }

    /// <summary>One axial slice of a volume of class ids, front up and the patient's right at the left.</summary>
    /// <param name="slice">0 is nearest to the feet.</param>
    /// <returns>[rows, columns], and the first value that is no whole number from 0 to 255, or null.</returns>
    public (ByteImage Labels, double? Wrong) Labels(int slice)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(slice);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(slice, SliceCount);
        var labels = new ByteImage(Geometry.Columns.Length, Geometry.Rows.Length);
        return (labels, Type switch
        {
            VoxelType.UInt8 => Label<byte>(labels, slice),
            VoxelType.Int8 => Label<sbyte>(labels, slice),
            VoxelType.Int16 => Label<short>(labels, slice),
            VoxelType.UInt16 => Label<ushort>(labels, slice),
            VoxelType.Int32 => Label<int>(labels, slice),
            VoxelType.UInt32 => Label<uint>(labels, slice),
            VoxelType.Int64 => Label<long>(labels, slice),
            VoxelType.UInt64 => Label<ulong>(labels, slice),
            VoxelType.Float32 => Label<float>(labels, slice),
            _ => Label<double>(labels, slice),
        });
    }

    /// <summary>One plane in HU.</summary>
    /// <param name="plane">Place along the third file axis.</param>
    /// <param name="values">As long as the plane has voxels; the first axis runs fastest.</param>
    internal void CopyHu(int plane, Span<float> values)
    {
        switch (Type)
        {
            case VoxelType.UInt8: CopyHu<byte>(plane, values); break;
            case VoxelType.Int8: CopyHu<sbyte>(plane, values); break;
            case VoxelType.Int16: CopyHu<short>(plane, values); break;
            case VoxelType.UInt16: CopyHu<ushort>(plane, values); break;
            case VoxelType.Int32: CopyHu<int>(plane, values); break;
            case VoxelType.UInt32: CopyHu<uint>(plane, values); break;
            case VoxelType.Int64: CopyHu<long>(plane, values); break;
            case VoxelType.UInt64: CopyHu<ulong>(plane, values); break;
            case VoxelType.Float32: CopyHu<float>(plane, values); break;
            default: CopyHu<double>(plane, values); break;
        }
    }

    private void CopyHu<T>(int plane, Span<float> values)
        where T : unmanaged, INumber<T>
    {
        var stored = MemoryMarshal.Cast<byte, T>(_planes[plane].AsSpan());
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)((double.CreateTruncating(stored[i]) * _slope) + _intercept);
        }
    }

    private double? Label<T>(ByteImage labels, int slice)
        where T : unmanaged, INumber<T>
    {
        var walk = new VolumeWalk(Geometry, slice);
        double? wrong = null;
        for (var row = 0; row < labels.Height; row++)
        {
            var pixels = labels.Row(row);
            for (var column = 0; column < pixels.Length; column++)
            {
                var (plane, offset) = walk.At(row, column);
                var value = (double.CreateTruncating(MemoryMarshal.Cast<byte, T>(_planes[plane])[offset]) * _slope) + _intercept;
                if (value is >= 0 and <= byte.MaxValue && Math.Floor(value) == value)
                {
                    pixels[column] = (byte)value;
                }
                else
                {
                    wrong ??= value;
                }
            }
        }

        return wrong;
    }

    private void Fill<T, TGreys>(ByteImage image, int slice, TGreys greys)
        where T : unmanaged, INumber<T>
        where TGreys : struct, IGreys<T>
    {
        var walk = new VolumeWalk(Geometry, slice);
        for (var row = 0; row < image.Height; row++)
        {
            var pixels = image.Row(row);
            if (walk.PerColumn.Planes != 0)
            {
                for (var column = 0; column < pixels.Length; column++)
                {
                    var (plane, offset) = walk.At(row, column);
                    pixels[column] = greys.Of(MemoryMarshal.Cast<byte, T>(_planes[plane])[offset]);
                }

                continue;
            }

            // Nearly every volume: a row is within one plane, and is looked up once.
            var (within, first) = walk.At(row, 0);
            var stored = MemoryMarshal.Cast<byte, T>(_planes[within].AsSpan());
            for (var column = 0; column < pixels.Length; column++)
            {
                pixels[column] = greys.Of(stored[first]);
                first += walk.PerColumn.Voxels;
            }
        }
    }
}
