using System.Runtime.InteropServices;
using OrganSeg.Imaging.Volumes;

namespace OrganSeg.Imaging.Dicom;

/// <summary>
/// Puts the images of a series together as a volume. They are ordered by their places along the normal of the slices; names and
/// instance numbers, which may say anything, do not count.
/// </summary>
internal static class DicomSeries
{
    private const double SamePlaceMm = 1e-3;
    private const double SameDirection = 1e-4;
    private const double UnevenShare = 0.01;
    private const double TiltDegrees = 0.5;

    // Of a pixel, by which a slice may lie beside the line of the others.
    private const double OffLine = 0.5;

    /// <param name="images">Of one series, at least one.</param>
    /// <param name="file">What errors call the series.</param>
    /// <param name="maxBytes">Most bytes of voxels.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: images that do not lie parallel on one raster, two
    /// different ones in one place, or too many bytes.</exception>
    public static DicomVolume Assemble(IReadOnlyList<DicomSlice> images, string file, long maxBytes)
    {
        var first = images[0];
        CheckAlike(images, first);
        var normal = DicomPlane.Normal(first.Orientation);
        var warnings = new List<string>();
        var slices = Distinct([.. images.OrderBy(image => DicomPlane.Along(image.Position, normal))], normal, warnings);
        CheckInLine(slices, normal);
        var step = Step(slices, normal, warnings);
        var affine = DicomPlane.Affine(slices[0].Position, first.Orientation, first.Spacing, step);
        var geometry = VolumeGeometry.Of([first.Columns, first.Rows, slices.Count], affine, file);
        return new DicomVolume(ToVolume(slices, geometry, file, maxBytes), warnings);
    }

    private static void CheckAlike(IReadOnlyList<DicomSlice> images, DicomSlice first)
    {
        foreach (var image in images)
        {
            if ((image.Rows, image.Columns, image.Type) != (first.Rows, first.Columns, first.Type))
            {
                throw OrganSegException.Invalid(
                    image.File, $"is {image.Columns}×{image.Rows} {image.Type}, but {first.File} is {first.Columns}×{first.Rows} {first.Type}; all images must be alike.");
            }

            if (DicomPlane.Differs(image.Orientation, first.Orientation, SameDirection) || DicomPlane.Differs(image.Spacing, first.Spacing, SameDirection * first.Spacing[0]))
            {
                throw OrganSegException.Invalid(
                    image.File, $"has another orientation or pixel spacing than {first.File}; all images must lie parallel, as those of a scout do not.");
            }
        }
    }

    private static List<DicomSlice> Distinct(IReadOnlyList<DicomSlice> ordered, double[] normal, List<string> warnings)
    {
        var slices = new List<DicomSlice> { ordered[0] };
        foreach (var image in ordered.Skip(1))
        {
            var before = slices[^1];
            if (DicomPlane.Along(image.Position, normal) - DicomPlane.Along(before.Position, normal) > SamePlaceMm)
            {
                slices.Add(image);
            }
            else if (!image.Pixels.AsSpan().SequenceEqual(before.Pixels))
            {
                throw OrganSegException.Invalid(image.File, $"lies in the same place as {before.File} and shows something else; remove one of them.");
            }
        }

        if (slices.Count < ordered.Count)
        {
            warnings.Add($"{ordered.Count - slices.Count} images came twice and were left out once.");
        }

        return slices;
    }

    /// <summary>A volume is one straight stack: slices beside the line from the first to the last would be shown where they are not.</summary>
    private static void CheckInLine(List<DicomSlice> slices, double[] normal)
    {
        var (first, last) = (slices[0], slices[^1]);
        var height = DicomPlane.Along(last.Position, normal) - DicomPlane.Along(first.Position, normal);
        foreach (var slice in slices.Skip(1).SkipLast(1))
        {
            var share = (DicomPlane.Along(slice.Position, normal) - DicomPlane.Along(first.Position, normal)) / height;
            var beside = Math.Sqrt(Enumerable.Range(0, 3).Sum(axis => Math.Pow(
                slice.Position[axis] - first.Position[axis] - (share * (last.Position[axis] - first.Position[axis])), 2)));
            if (beside > OffLine * Math.Min(first.Spacing[0], first.Spacing[1]))
            {
                throw OrganSegException.Invalid(slice.File, FormattableString.Invariant(
                    $"lies {beside:0.##} mm beside the line from {first.File} to {last.File}; all images must be of one straight stack, so split the series where it was moved."));
            }
        }
    }

    /// <summary>From slice to slice, mm; the mean of all.</summary>
    private static double[] Step(List<DicomSlice> slices, double[] normal, List<string> warnings)
    {
        if (slices.Count == 1)
        {
            var thickness = slices[0].Thickness is > 0 and var known ? known : 1;
            warnings.Add("The series has one image; its thickness is taken for the distance of slices.");
            return [.. normal.Select(part => part * thickness)];
        }

        var (first, last) = (slices[0], slices[^1]);
        var step = first.Position.Zip(last.Position, (from, to) => (to - from) / (slices.Count - 1)).ToArray();
        var gaps = slices.Zip(slices.Skip(1), (below, above) => DicomPlane.Along(above.Position, normal) - DicomPlane.Along(below.Position, normal)).ToList();
        var usual = gaps.Order().ElementAt(gaps.Count / 2);
        var missing = gaps.Sum(gap => Math.Max(0, Math.Round(gap / usual) - 1));
        if (missing > 0)
        {
            warnings.Add(FormattableString.Invariant($"About {missing} slices are missing: distances of slices are {gaps.Min():0.###} to {gaps.Max():0.###} mm. Volumes are approximate."));
        }
        else if (gaps.Max() - gaps.Min() > UnevenShare * usual)
        {
            warnings.Add(FormattableString.Invariant($"Slices are unevenly spaced, {gaps.Min():0.###} to {gaps.Max():0.###} mm; their mean is taken."));
        }

        var length = Math.Sqrt(step.Sum(part => part * part));
        var cosine = step.Zip(normal, (left, right) => left * right).Sum() / length;
        var tilt = Math.Acos(Math.Clamp(cosine, -1, 1)) * 180 / Math.PI;
        if (tilt > TiltDegrees)
        {
            warnings.Add(FormattableString.Invariant($"The gantry was tilted by {tilt:0.#}°; slices are segmented as they are."));
        }

        return step;
    }

    private static Volume ToVolume(List<DicomSlice> slices, VolumeGeometry geometry, string file, long maxBytes)
    {
        var first = slices[0];
        if (slices.All(slice => (slice.Slope, slice.Intercept) == (first.Slope, first.Intercept)))
        {
            return new Volume(geometry, first.Type, [.. slices.Select(slice => slice.Pixels)], first.Slope, first.Intercept);
        }

        if (slices.Sum(slice => 2L * slice.Pixels.Length) > maxBytes)
        {
            throw OrganSegException.Invalid(
                file, $"has slices with scales of their own, which take twice the bytes, more than {maxBytes >> 20} MiB; send less at a time.");
        }

        return new Volume(geometry, VoxelType.Float32, [.. slices.Select(Rescaled)]);
    }

    /// <summary>HU as float32, where slices have scales of their own.</summary>
    private static byte[] Rescaled(DicomSlice slice)
    {
        var bytes = new byte[2 * slice.Pixels.Length];
        var values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
        var stored = MemoryMarshal.Cast<byte, short>(slice.Pixels.AsSpan());
        for (var i = 0; i < values.Length; i++)
        {
            var number = slice.Type == VoxelType.Int16 ? (int)stored[i] : (ushort)stored[i];
            values[i] = (float)((number * slice.Slope) + slice.Intercept);
        }

        return bytes;
    }
}
