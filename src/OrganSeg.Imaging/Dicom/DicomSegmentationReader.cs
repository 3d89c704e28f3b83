using OrganSeg.Imaging.Volumes;

namespace OrganSeg.Imaging.Dicom;

/// <summary>Reads the frames of a segmentation, each of which shows one segment in one plane, into a label volume.</summary>
internal static class DicomSegmentationReader
{
    private static readonly HashSet<uint> OfSegment =
        [DicomTag.SegmentNumber, DicomTag.SegmentLabel, DicomTag.PropertyCategory, DicomTag.PropertyType];

    // Of a distance of planes.
    private const double OffPlanes = 0.1;

    private static readonly HashSet<uint> OfCode = [DicomTag.CodeValue, DicomTag.CodingScheme, DicomTag.CodeMeaning];

    /// <summary>See <see cref="DicomSegmentation.ReadAsync"/>.</summary>
    public static async Task<DicomSegmentation> ReadAsync(
        DicomFile file, VolumeGeometry? reference, long maxBytes, CancellationToken cancellationToken)
    {
        if (file.Identity is not { Kind: DicomFileKind.Segmentation } identity)
        {
            throw file.Set.Wrong(DicomTag.SopClass, "is not that of a segmentation; give a DICOM SEG file.");
        }

        var segments = Segments(file.Set);
        var numbers = segments.ToDictionary(segment => segment.Number);
        // Refused before a decoder is started for it.
        DicomMask.Check(file, maxBytes);
        var frames = DicomFrame.Of(file);
        var shown = frames.Select(frame => Shown(frame, numbers, file.Set)).ToArray();
        if (reference is not null)
        {
            CheckPlanes(frames[0], reference);
        }

        // Before there is memory for what the file only says that it has.
        var mask = new DicomMask(await file.DecodeAsync(cancellationToken), frames.Count);
        var labels = new LabelVolume(reference ?? DicomSegmentationGrid.Of(file, frames, maxBytes));
        for (var frame = 0; frame < frames.Count; frame++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var place = FramePlace.Of(frames[frame], mask.Rows, mask.Columns, labels.Geometry);
            Put(labels, mask, frame, place, shown[frame], numbers);
        }

        return new DicomSegmentation(identity, labels, segments);
    }

    /// <summary>Planes of a coarser stack may coincide with some of the volume's, whose others would then seem to be empty.</summary>
    private static void CheckPlanes(DicomFrame frame, VolumeGeometry reference)
    {
        var said = Math.Abs(frame.Measures.Numbers(DicomTag.SpacingBetweenSlices, 1)?[0] ?? 0);
        var normal = DicomPlane.Normal(frame.ReadOrientation());
        // DICOM's first two axes are the negatives of NIfTI's; of the three steps only one leaves the planes.
        var step = Enumerable.Range(0, 3).Max(axis => Math.Abs(
            (reference.Affine[8 + axis] * normal[2]) - (reference.Affine[axis] * normal[0]) - (reference.Affine[4 + axis] * normal[1])));
        if (said > 0 && Math.Abs(said - step) > OffPlanes * step)
        {
            throw OrganSegException.Invalid(
                frame.File, FormattableString.Invariant($"its planes are {said:0.###} mm apart, those of the volume that it is to label {step:0.###} mm; give the series that was segmented, or none."));
        }
    }

    private static List<DicomSegment> Segments(DicomDataSet set)
    {
        var segments = new List<DicomSegment>();
        foreach (var item in set.Items(DicomTag.Segments, OfSegment))
        {
            if (item.Short(DicomTag.SegmentNumber) is not (> 0 and <= byte.MaxValue and var number))
            {
                throw set.Wrong(DicomTag.SegmentNumber, $"must be 1 to {byte.MaxValue}.");
            }

            if (segments.Exists(segment => segment.Number == number))
            {
                throw set.Wrong(DicomTag.SegmentNumber, $"{number} comes twice.");
            }

            segments.Add(new DicomSegment(number, item.Words(DicomTag.SegmentLabel), Code(item, DicomTag.PropertyCategory), Code(item, DicomTag.PropertyType)));
        }

        return segments;
    }

    private static DicomCode? Code(DicomDataSet segment, uint tag) => segment.Items(tag, OfCode) is [var code, ..]
        ? new DicomCode(code.Text(DicomTag.CodeValue), code.Text(DicomTag.CodingScheme), code.Words(DicomTag.CodeMeaning))
        : null;

    private static DicomSegment Shown(DicomFrame frame, Dictionary<int, DicomSegment> segments, DicomDataSet set) =>
        frame.Segment?.Short(DicomTag.ReferencedSegment) is not { } number
            ? throw OrganSegException.Invalid(frame.File, $"{DicomTag.Show(DicomTag.ReferencedSegment)} is missing, and without it nobody knows which segment it shows.")
            : segments.GetValueOrDefault(number) ?? throw set.Wrong(DicomTag.ReferencedSegment, $"names segment {number}, which the file does not describe.");

    private static void Put(
        LabelVolume labels, DicomMask mask, int frame, FramePlace place, DicomSegment segment, Dictionary<int, DicomSegment> segments)
    {
        for (var row = 0; row < mask.Rows; row++)
        {
            for (var column = 0; column < mask.Columns; column++)
            {
                if (!mask.Has(frame, row, column))
                {
                    continue;
                }

                var (plane, offset) = place.At(row, column);
                ref var label = ref labels.Planes[plane][offset];
                if (label != 0 && label != segment.Number)
                {
                    throw OrganSegException.Invalid(
                        mask.File, $"segments {segments[label].Name} and {segment.Name} overlap, and a voxel has one label; export them as separate files.");
                }

                label = (byte)segment.Number;
            }
        }
    }
}
