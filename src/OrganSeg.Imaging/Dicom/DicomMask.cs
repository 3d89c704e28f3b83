namespace OrganSeg.Imaging.Dicom;

/// <summary>Which pixels of a segmentation's frames are in their segments (PS3.3, section C.8.20).</summary>
internal sealed class DicomMask
{
    private readonly ReadOnlyMemory<byte> _source;
    private readonly bool _isBinary;

    // Fractions from here on are half of the most, or more.
    private readonly int _half;

    /// <param name="file">With raw pixels.</param>
    /// <param name="frames">How many there must be.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: another layout, or too few pixels.</exception>
    public DicomMask(DicomFile file, int frames)
    {
        var set = file.Set;
        Check(file, long.MaxValue);
        (File, Rows, Columns) = (file.Name, DicomPixels.Side(set, DicomTag.Rows), DicomPixels.Side(set, DicomTag.Columns));
        _isBinary = IsBinary(set);
        _half = ((set.Short(DicomTag.MaximumFraction) ?? byte.MaxValue) + 1) / 2;
        _source = set.Bytes(DicomTag.PixelData);
        var pixels = (long)Rows * Columns * frames;
        var needed = _isBinary ? (pixels + 7) / 8 : pixels;
        if (_source.Length < needed)
        {
            throw set.Wrong(DicomTag.PixelData, $"has {_source.Length} bytes; {pixels} pixels need {needed}.");
        }
    }

    /// <summary>What errors call the file.</summary>
    public string File { get; }

    public int Rows { get; }

    public int Columns { get; }

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: of a layout that is not read, or too large.</exception>
    public static void Check(DicomFile file, long maxBytes)
    {
        var set = file.Set;
        if (file.Syntax.BigEndian)
        {
            throw OrganSegException.Invalid(file.Name, "is a big-endian segmentation, which the standard has retired; convert it to little endian.");
        }

        var bits = IsBinary(set) ? 1 : 8;
        if (set.Short(DicomTag.BitsAllocated) != bits)
        {
            throw set.Wrong(DicomTag.BitsAllocated, $"must be {bits} of a {set.Text(DicomTag.SegmentationType)} segmentation.");
        }

        if (bits == 8 && set.Short(DicomTag.MaximumFraction) is null or 0)
        {
            throw set.Wrong(DicomTag.MaximumFraction, "is missing or 0, and without it nobody knows what the fractions mean.");
        }

        if ((long)DicomPixels.Side(set, DicomTag.Rows) * DicomPixels.Side(set, DicomTag.Columns) * file.Frames * bits / 8 > maxBytes)
        {
            throw OrganSegException.Invalid(file.Name, $"has more than {maxBytes >> 20} MiB of frames; send less at a time.");
        }
    }

    /// <summary>Whether a pixel of a frame, all from 0, is in its segment.</summary>
    public bool Has(int frame, int row, int column)
    {
        var pixel = ((((long)frame * Rows) + row) * Columns) + column;
        // Bits are packed from the lowest of each byte, and frames follow without a gap (PS3.5, section 8.1.1).
        return _isBinary
            ? (_source.Span[(int)(pixel >> 3)] >> (int)(pixel & 7) & 1) != 0
            : _source.Span[(int)pixel] is var fraction and > 0 && fraction >= _half;
    }

    private static bool IsBinary(DicomDataSet set) => set.Text(DicomTag.SegmentationType) switch
    {
        "BINARY" => true,
        "FRACTIONAL" => false,
        _ => throw set.Wrong(DicomTag.SegmentationType, "is neither BINARY nor FRACTIONAL; export the segmentation as one of these."),
    };
}
