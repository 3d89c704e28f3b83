using OrganSeg.Imaging.Volumes;

namespace OrganSeg.Imaging.Dicom;

/// <summary>The smallest stack of planes that all frames of a segmentation lie in; planes without a frame between them count.</summary>
internal static class DicomSegmentationGrid
{
    private const double SamePlaceMm = 1e-3;
    private const double SameDirection = 1e-4;

    // Of a distance of planes; places are written with few decimals.
    private const double OffPlane = 0.1;

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: frames are not parallel, not evenly apart, or too far.</exception>
    public static VolumeGeometry Of(DicomFile file, IReadOnlyList<DicomFrame> frames, long maxBytes)
    {
        var (orientation, spacing) = (frames[0].ReadOrientation(), frames[0].ReadSpacing());
        foreach (var frame in frames.Skip(1))
        {
            if (DicomPlane.Differs(frame.ReadOrientation(), orientation, SameDirection)
                || DicomPlane.Differs(frame.ReadSpacing(), spacing, SameDirection * spacing[0]))
            {
                throw OrganSegException.Invalid(frame.File, "has another orientation or pixel spacing than frame 1; all frames must lie parallel.");
            }
        }

        var normal = DicomPlane.Normal(orientation);
        var positions = frames.Select(frame => frame.ReadPosition()).OrderBy(position => DicomPlane.Along(position, normal)).ToArray();
        var places = positions.Select(position => DicomPlane.Along(position, normal)).ToArray();
        var gaps = places.Zip(places.Skip(1), (below, above) => above - below).Where(gap => gap > SamePlaceMm).ToArray();
        var (rows, columns) = (DicomPixels.Side(file.Set, DicomTag.Rows), DicomPixels.Side(file.Set, DicomTag.Columns));
        var distance = Distance(frames[0], gaps);
        var last = (places[^1] - places[0]) / distance;
        if ((last + 1) * rows * columns > maxBytes)
        {
            throw OrganSegException.Invalid(file.Name, $"spans {last + 1:0} planes of {columns}×{rows}; at most {maxBytes >> 20} MiB are accepted.");
        }

        if (gaps.Any(gap => IsOff(gap, distance)))
        {
            throw OrganSegException.Invalid(
                file.Name, FormattableString.Invariant($"its frames lie {gaps.Min():0.###} to {gaps.Max():0.###} mm apart, in no even stack; give it together with the series that it segments."));
        }

        // Between the outermost positions, so that a tilted gantry's planes stay where they are.
        var steps = Math.Max(1, (int)Math.Round(last));
        var step = gaps.Length > 0
            ? positions[0].Zip(positions[^1], (from, to) => (to - from) / steps).ToArray()
            : [.. normal.Select(part => part * distance)];
        return VolumeGeometry.Of([columns, rows, (int)Math.Round(last) + 1], DicomPlane.Affine(positions[0], orientation, spacing, step), file.Name);
    }

    /// <summary>What the file says, where it fits; else the least between two planes; of a single plane its thickness.</summary>
    private static double Distance(DicomFrame frame, double[] gaps)
    {
        var said = Math.Abs(frame.Measures.Numbers(DicomTag.SpacingBetweenSlices, 1)?[0] ?? 0);
        if (said > SamePlaceMm && !gaps.Any(gap => IsOff(gap, said)))
        {
            return said;
        }

        // The least gap has the rounding of two positions, of which the whole has no more.
        return gaps.Length > 0 ? gaps.Sum() / gaps.Sum(gap => Math.Round(gap / gaps.Min())) : frame.Measures.Numbers(DicomTag.SliceThickness, 1)?[0] is > 0 and var thickness ? thickness : 1;
    }

    private static bool IsOff(double gap, double distance)
    {
        var planes = Math.Round(gap / distance);
        return planes < 1 || Math.Abs(gap - (planes * distance)) > OffPlane * distance;
    }
}
