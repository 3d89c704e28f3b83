using OrganSeg.Imaging.Volumes;

namespace OrganSeg.Imaging.Dicom;

/// <summary>Reads CT images, single-frame and enhanced multi-frame, as slices.</summary>
internal static class DicomImages
{
    private const double AirHu = -1024;

    /// <param name="file">With pixels.</param>
    /// <param name="maxBytes">Most bytes of voxels.</param>
    /// <param name="cancellationToken">Ends a decoder that is at work.</param>
    /// <returns>A slice for each frame, in the file's order.</returns>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: damaged, too large, or no CT image in grey values;
    /// <see cref="ErrorKind.NotReady"/>: GDCM is needed and not installed.</exception>
    public static async Task<IReadOnlyList<DicomSlice>> ReadAsync(DicomFile file, long maxBytes, CancellationToken cancellationToken)
    {
        // Refused before a decoder is started for it.
        Check(file, maxBytes);
        var raw = await file.DecodeAsync(cancellationToken);
        if (raw != file)
        {
            Check(raw, maxBytes);
        }

        // The decoder is asked for pixels alone: where a frame lies the file itself says best.
        var frames = DicomFrame.Of(file);
        var pixels = DicomPixels.Of(raw);
        if (frames.Count != raw.Frames)
        {
            throw OrganSegException.Invalid(file.Name, $"{frames.Count} frames were decoded to {raw.Frames}; send it uncompressed.");
        }

        return [.. frames.Select((frame, index) => Slice(frame, pixels, index))];
    }

    private static void Check(DicomFile file, long maxBytes)
    {
        var set = file.Set;
        if (set.Text(DicomTag.Modality) != "CT")
        {
            throw set.Wrong(DicomTag.Modality, "is not CT; only CT is segmented.");
        }

        if (set.Short(DicomTag.SamplesPerPixel) is not (null or 1) || set.Text(DicomTag.Photometric) != "MONOCHROME2")
        {
            throw set.Wrong(DicomTag.Photometric, "must be MONOCHROME2.");
        }

        if (set.Has(DicomTag.ModalityLut))
        {
            throw set.Wrong(DicomTag.ModalityLut, "holds a table of HU, which is not read; send the series with Rescale Slope and Intercept.");
        }

        if (2L * DicomPixels.Side(set, DicomTag.Rows) * DicomPixels.Side(set, DicomTag.Columns) * file.Frames > Math.Min(maxBytes, Array.MaxLength))
        {
            throw OrganSegException.Invalid(file.Name, $"brings more voxels than fit, {maxBytes >> 20} MiB; send less at a time.");
        }
    }

    private static DicomSlice Slice(DicomFrame frame, DicomPixels pixels, int index)
    {
        var (slope, intercept) = (frame.Values.Numbers(DicomTag.RescaleSlope, 1)?[0] ?? 1, frame.Values.Numbers(DicomTag.RescaleIntercept, 1)?[0] ?? 0);
        if (slope == 0)
        {
            throw frame.Values.Wrong(DicomTag.RescaleSlope, "is 0.");
        }

        return new DicomSlice
        {
            File = frame.File,
            Rows = pixels.Rows,
            Columns = pixels.Columns,
            Type = pixels.IsSigned ? VoxelType.Int16 : VoxelType.UInt16,
            Pixels = pixels.Frame(index, (AirHu - intercept) / slope),
            Slope = slope,
            Intercept = intercept,
            Position = frame.ReadPosition(),
            Orientation = frame.ReadOrientation(),
            Spacing = frame.ReadSpacing(),
            Thickness = frame.Measures.Numbers(DicomTag.SliceThickness, 1)?[0],
        };
    }
}
