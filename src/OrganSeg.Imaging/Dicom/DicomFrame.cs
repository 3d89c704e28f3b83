namespace OrganSeg.Imaging.Dicom;

/// <summary>
/// Where to look for what is said of a frame: its own functional groups, else those that all frames share (PS3.3, C.7.6.16);
/// of a single-frame image the first level of its file.
/// </summary>
/// <param name="File">File and frame, as errors call it.</param>
/// <param name="Position">Holds Image Position (Patient).</param>
/// <param name="Orientation">Holds Image Orientation (Patient).</param>
/// <param name="Measures">Holds Pixel Spacing and Slice Thickness.</param>
/// <param name="Values">Holds Rescale Slope and Rescale Intercept.</param>
/// <param name="Segment">Holds Referenced Segment Number; null where the group is missing.</param>
internal sealed record DicomFrame(
    string File, DicomDataSet Position, DicomDataSet Orientation, DicomDataSet Measures, DicomDataSet Values, DicomDataSet? Segment)
{
    private static readonly HashSet<uint> Groups =
    [
        DicomTag.PlanePosition, DicomTag.PlaneOrientation, DicomTag.PixelMeasures, DicomTag.PixelValueTransformation,
        DicomTag.SegmentIdentification,
    ];

    private static readonly HashSet<uint> Wanted =
    [
        DicomTag.ImagePosition, DicomTag.ImageOrientation, DicomTag.PixelSpacing, DicomTag.SliceThickness, DicomTag.SpacingBetweenSlices,
        DicomTag.RescaleSlope, DicomTag.RescaleIntercept, DicomTag.ReferencedSegment,
    ];

    /// <summary>The frames in the order of their pixels.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: several frames without groups, or another number of groups.</exception>
    public static IReadOnlyList<DicomFrame> Of(DicomFile file)
    {
        var (set, count) = (file.Set, file.Frames);
        var own = set.Items(DicomTag.PerFrameGroups, Groups, numbered: true);
        var shared = set.Items(DicomTag.SharedGroups, Groups);
        if (own.Count == 0 && shared.Count == 0 && count == 1)
        {
            return [new DicomFrame(file.Name, set, set, set, set, Segment: null)];
        }

        if (own.Count != count)
        {
            throw set.Wrong(DicomTag.PerFrameGroups, $"describes {own.Count} of {count} frames; without it nobody knows where they lie.");
        }

        // What all share is read once, not once a frame.
        var common = Groups.ToDictionary(group => group, group => shared.Count > 0 ? First(shared[0], group) : null);
        return [.. own.Select(frame => new DicomFrame(
            frame.File,
            Group(frame, DicomTag.PlanePosition) ?? frame,
            Group(frame, DicomTag.PlaneOrientation) ?? frame,
            Group(frame, DicomTag.PixelMeasures) ?? frame,
            Group(frame, DicomTag.PixelValueTransformation) ?? frame,
            Group(frame, DicomTag.SegmentIdentification)))];

        DicomDataSet? Group(DicomDataSet frame, uint group) => First(frame, group) ?? common[group];
    }

    /// <summary>Unit vectors along a row, then along a column.</summary>
    public double[] ReadOrientation()
    {
        var orientation = Needed(Orientation, DicomTag.ImageOrientation, 6);
        return Math.Abs(Square(orientation[..3]) - 1) <= 1e-3 && Math.Abs(Square(orientation[3..]) - 1) <= 1e-3
            && Math.Abs((orientation[0] * orientation[3]) + (orientation[1] * orientation[4]) + (orientation[2] * orientation[5])) <= 1e-3
            ? orientation
            : throw Orientation.Wrong(DicomTag.ImageOrientation, "must hold two unit vectors at right angles.");
    }

    /// <summary>Centre of the first pixel, mm.</summary>
    public double[] ReadPosition() => Needed(Position, DicomTag.ImagePosition, 3);

    /// <summary>Distance of rows, then of columns, mm.</summary>
    public double[] ReadSpacing()
    {
        var spacing = Needed(Measures, DicomTag.PixelSpacing, 2);
        return spacing.All(distance => distance > 0) ? spacing : throw Measures.Wrong(DicomTag.PixelSpacing, "must be above 0.");
    }

    private static DicomDataSet? First(DicomDataSet groups, uint group) => groups.Items(group, Wanted) is [var first, ..] ? first : null;

    private static double[] Needed(DicomDataSet set, uint tag, int count) =>
        set.Numbers(tag, count) ?? throw set.Wrong(tag, "is missing, and without it nobody knows where the image lies.");

    private static double Square(double[] vector) => vector.Sum(value => value * value);
}
