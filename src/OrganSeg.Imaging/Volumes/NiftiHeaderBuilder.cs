namespace OrganSeg.Imaging.Volumes;

/// <summary>Headers of volumes that came without one. Fields and offsets are those of nifti1.h and nifti2.h.</summary>
internal static class NiftiHeaderBuilder
{
    private const short Scanner = 1;
    private const byte Millimetres = 2;

    // Directions of DICOM have about six decimals.
    private const double MostShear = 1e-5;

    /// <returns>348 or 540 bytes; voxels begin four bytes after them.</returns>
    public static byte[] Build(VolumeGeometry geometry, VoxelType type, double slope, double intercept, NiftiFormat format, bool labels)
    {
        var second = format.IsSecond || geometry.Lengths.Any(length => length > short.MaxValue);
        var bytes = new byte[second ? NiftiHeader.Size2 : NiftiHeader.Size1];
        var header = new NiftiFields(bytes, format.IsBigEndian);
        var (bits, intent) = ((short)(8 * Volume.SizeOf(type)), labels ? NiftiFields.LabelIntent : (short)0);
        var sizes = Enumerable.Range(0, 3).Select(axis => Length(Column(geometry, axis))).ToArray();
        var quaternion = Quaternion(geometry, sizes);
        double[] pixels = [quaternion?.Handedness ?? 1, .. sizes];
        double[] qform = quaternion is { } turn ? [turn.B, turn.C, turn.D, geometry.Affine[3], geometry.Affine[7], geometry.Affine[11]] : new double[6];
        var qformCode = quaternion is null ? (short)0 : Scanner;
        header.Int32(0, bytes.Length);
        if (second)
        {
            NiftiFields.Single2.CopyTo(bytes.AsSpan(4));
            header.Int16(12, (short)type);
            header.Int16(14, bits);
            header.Int64(16, 3);
            for (var axis = 0; axis < 7; axis++)
            {
                header.Int64(24 + (8 * axis), axis < 3 ? geometry.Lengths[axis] : 1);
            }

            header.Int64(168, bytes.Length + 4);
            header.Float64(176, slope);
            header.Float64(184, intercept);
            header.Int32(344, qformCode);
            header.Int32(348, Scanner);
            Doubles(header, 104, pixels);
            Doubles(header, 352, qform);
            Doubles(header, 400, geometry.Affine);
            header.Int32(500, Millimetres);
            header.Int32(504, intent);
        }
        else
        {
            header.Int16(40, 3);
            for (var axis = 0; axis < 7; axis++)
            {
                header.Int16(42 + (2 * axis), axis < 3 ? (short)geometry.Lengths[axis] : (short)1);
            }

            header.Int16(68, intent);
            header.Int16(70, (short)type);
            header.Int16(72, bits);
            header.Float32(108, bytes.Length + 4);
            header.Float32(112, (float)slope);
            header.Float32(116, (float)intercept);
            bytes[123] = Millimetres;
            header.Int16(252, qformCode);
            header.Int16(254, Scanner);
            Singles(header, 76, pixels);
            Singles(header, 256, Unit(qform));
            Singles(header, 280, geometry.Affine);
            NiftiFields.Single1.CopyTo(bytes.AsSpan(344));
        }

        return bytes;
    }

    private static void Doubles(NiftiFields header, int offset, IReadOnlyList<double> values)
    {
        for (var i = 0; i < values.Count; i++)
        {
            header.Float64(offset + (8 * i), values[i]);
        }
    }

    private static void Singles(NiftiFields header, int offset, IReadOnlyList<double> values)
    {
        for (var i = 0; i < values.Count; i++)
        {
            header.Float32(offset + (4 * i), (float)values[i]);
        }
    }

    /// <summary>
    /// A quaternion of half a turn, where it is rounded to less than a unit, with its largest part a step longer: of what is
    /// missing readers would make a turn of 0.03°.
    /// </summary>
    private static double[] Unit(double[] qform)
    {
        var parts = qform[..3].Select(part => (float)part).ToArray();
        if (1 - qform[..3].Sum(part => part * part) > 1e-9 || parts.Sum(part => (double)part * part) >= 1)
        {
            return qform;
        }

        var largest = Array.FindIndex(parts, part => Math.Abs(part) == parts.Max(Math.Abs));
        parts[largest] = parts[largest] > 0 ? MathF.BitIncrement(parts[largest]) : MathF.BitDecrement(parts[largest]);
        return [.. parts.Select(part => (double)part), .. qform[3..]];
    }

    private static double[] Column(VolumeGeometry geometry, int axis) =>
        [geometry.Affine[axis], geometry.Affine[4 + axis], geometry.Affine[8 + axis]];

    private static double Length(double[] vector) => Math.Sqrt(Dot(vector, vector));

    private static double Dot(double[] left, double[] right) => (left[0] * right[0]) + (left[1] * right[1]) + (left[2] * right[2]);

    /// <summary>
    /// The unit quaternion of the axes' directions, by nifti_mat44_to_quatern of nifti1_io.c, and −1 where they are left-handed
    /// without the third turned; null of axes with shear, as of a tilted gantry, which have none.
    /// </summary>
    private static (double B, double C, double D, double Handedness)? Quaternion(VolumeGeometry geometry, double[] sizes)
    {
        var r = Enumerable.Range(0, 3).Select(axis => Column(geometry, axis).Select(value => value / sizes[axis]).ToArray()).ToArray();
        if (Math.Abs(Dot(r[0], r[1])) > MostShear || Math.Abs(Dot(r[0], r[2])) > MostShear || Math.Abs(Dot(r[1], r[2])) > MostShear)
        {
            return null;
        }

        var cross = new[] { (r[0][1] * r[1][2]) - (r[0][2] * r[1][1]), (r[0][2] * r[1][0]) - (r[0][0] * r[1][2]), (r[0][0] * r[1][1]) - (r[0][1] * r[1][0]) };
        var handedness = Dot(cross, r[2]) < 0 ? -1 : 1;
        r[2] = [.. r[2].Select(value => value * handedness)];
        var (trace, a, b, c, d) = (r[0][0] + r[1][1] + r[2][2], 0.0, 0.0, 0.0, 0.0);
        if (trace + 1 > 0.5)
        {
            a = Math.Sqrt(trace + 1) / 2;
            (b, c, d) = ((r[1][2] - r[2][1]) / (4 * a), (r[2][0] - r[0][2]) / (4 * a), (r[0][1] - r[1][0]) / (4 * a));
            return (b, c, d, handedness);
        }

        var (x, y, z) = (1 + (2 * r[0][0]) - trace, 1 + (2 * r[1][1]) - trace, 1 + (2 * r[2][2]) - trace);
        if (x > 1)
        {
            b = Math.Sqrt(x) / 2;
            (a, c, d) = ((r[1][2] - r[2][1]) / (4 * b), (r[1][0] + r[0][1]) / (4 * b), (r[2][0] + r[0][2]) / (4 * b));
        }
        else if (y > 1)
        {
            c = Math.Sqrt(y) / 2;
            (a, b, d) = ((r[2][0] - r[0][2]) / (4 * c), (r[1][0] + r[0][1]) / (4 * c), (r[2][1] + r[1][2]) / (4 * c));
        }
        else
        {
            d = Math.Sqrt(z) / 2;
            (a, b, c) = ((r[0][1] - r[1][0]) / (4 * d), (r[2][0] + r[0][2]) / (4 * d), (r[2][1] + r[1][2]) / (4 * d));
        }

        return a < 0 ? (-b, -c, -d, handedness) : (b, c, d, handedness);
    }
}
