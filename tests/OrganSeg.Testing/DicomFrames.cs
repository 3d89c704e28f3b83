namespace OrganSeg.Testing;

/// <summary>Writes multi-frame files with functional groups by PS3.3, C.7.6.16: enhanced CT images and segmentations.</summary>
public sealed class DicomFrames
{
    /// <summary>Columns.</summary>
    public required int Width { get; init; }

    /// <summary>Rows.</summary>
    public required int Height { get; init; }

    /// <summary>One of a frame each: position in mm, and numbers row by row.</summary>
    public required IReadOnlyList<(double[] Position, int[] Pixels)> Frames { get; init; }

    /// <summary>Slope and intercept of each frame; null shares 1 and 0 among all.</summary>
    public IReadOnlyList<(double Slope, double Intercept)>? Scales { get; init; }

    /// <summary>Segment of each frame; null writes an image.</summary>
    public IReadOnlyList<ushort>? Shown { get; init; }

    /// <summary>Number, label and SNOMED code of each segment.</summary>
    public IReadOnlyList<(ushort Number, string Label, string Code)> Segments { get; init; } = [];

    /// <summary>The most of a fraction; null writes bits.</summary>
    public ushort? MostFraction { get; init; }

    /// <summary>What the file calls its kind; null says what it is.</summary>
    public string? SegmentationType { get; init; }

    /// <summary>Row direction, then column direction.</summary>
    public double[] Orientation { get; init; } = [1, 0, 0, 0, 1, 0];

    /// <summary>Distance of rows, then of columns, mm.</summary>
    public double[] Spacing { get; init; } = [1, 1];

    /// <summary>Distance of planes, mm; null leaves it out.</summary>
    public double? Between { get; init; }

    /// <summary>Study UID.</summary>
    public string Study { get; init; } = "1.2";

    /// <summary>Series UID.</summary>
    public string Series { get; init; } = "1.2.3";

    /// <summary>Patient's identifier, which is there to be hashed.</summary>
    public string PatientId { get; init; } = "MRN-4711";

    /// <summary>Instance UID, of files that a server is to take; null leaves it out.</summary>
    public string? Instance { get; init; }

    /// <summary>UID of the series that a segmentation was drawn on; null leaves it out.</summary>
    public string? Reference { get; init; }

    /// <summary>Transfer syntax UID.</summary>
    public string Syntax { get; init; } = DicomImage.ExplicitLittle;

    /// <summary>Whether sequences and items say their lengths.</summary>
    public bool IsDefined { get; init; }

    /// <summary>Whether each frame has a position.</summary>
    public bool HasPositions { get; init; } = true;

    /// <summary>Whether there is a group for each frame.</summary>
    public bool HasGroups { get; init; } = true;

    /// <summary>The file.</summary>
    public byte[] Write()
    {
        var set = new DicomElements(Syntax);
        set.Text(0x0008_0016, "UI", Shown is null ? "1.2.840.10008.5.1.4.1.1.2.1" : "1.2.840.10008.5.1.4.1.1.66.4");
        if (Instance is not null)
        {
            set.Text(0x0008_0018, "UI", Instance);
        }

        set.Text(0x0008_0060, "CS", Shown is null ? "CT" : "SEG");
        if (Reference is not null)
        {
            set.Sequence(0x0008_1115, IsDefined, [item => item.Text(0x0020_000E, "UI", Reference)]);
        }

        set.Text(0x0010_0020, "LO", PatientId);
        set.Text(0x0020_000D, "UI", Study);
        set.Text(0x0020_000E, "UI", Series);
        set.Word(0x0028_0002, 1);
        set.Text(0x0028_0004, "CS", "MONOCHROME2");
        set.Text(0x0028_0008, "IS", $"{Frames.Count}");
        set.Word(0x0028_0010, (ushort)Height);
        set.Word(0x0028_0011, (ushort)Width);
        var bits = (ushort)(Shown is null ? 16 : MostFraction is null ? 1 : 8);
        set.Word(0x0028_0100, bits);
        set.Word(0x0028_0101, bits);
        set.Word(0x0028_0102, (ushort)(bits - 1));
        set.Word(0x0028_0103, Shown is null ? (ushort)1 : (ushort)0);
        if (Shown is not null)
        {
            set.Text(0x0062_0001, "CS", SegmentationType ?? (MostFraction is null ? "BINARY" : "FRACTIONAL"));
            set.Sequence(0x0062_0002, IsDefined, Segments.Select<(ushort Number, string Label, string Code), Action<DicomElements>>(segment => item =>
            {
                Code(item, 0x0062_0003, "123037004", "Anatomical structure");
                item.Word(0x0062_0004, segment.Number);
                item.Text(0x0062_0005, "LO", segment.Label);
                Code(item, 0x0062_000F, segment.Code, segment.Label);
            }));
        }

        if (MostFraction is { } most)
        {
            set.Word(0x0062_000E, most);
        }

        set.Sequence(0x5200_9229, IsDefined, Shared);
        if (HasGroups)
        {
            set.Sequence(0x5200_9230, IsDefined, Frames.Select<(double[] Position, int[] Pixels), Action<DicomElements>>((frame, index) => item =>
            {
                if (HasPositions)
                {
                    item.Sequence(0x0020_9113, IsDefined, group => group.Numbers(0x0020_0032, frame.Position));
                }

                if (Scales is not null)
                {
                    Scale(item, Scales[index]);
                }

                if (Shown is not null)
                {
                    item.Sequence(0x0062_000A, IsDefined, group => group.Word(0x0062_000B, Shown[index]));
                }
            }));
        }

        var pixels = Frames.SelectMany(frame => frame.Pixels).ToArray();
        switch (bits)
        {
            case 16: set.Pixels(0x7FE0_0010, pixels); break;
            case 8: set.Raw(0x7FE0_0010, [.. pixels.Select(pixel => (byte)pixel)]); break;
            default: set.Raw(0x7FE0_0010, [.. pixels.Chunk(8).Select(bits => (byte)bits.Select((bit, place) => bit << place).Sum())]); break;
        }

        return DicomElements.File(Syntax, set);
    }

    private void Shared(DicomElements item)
    {
        item.Sequence(0x0020_9116, IsDefined, group => group.Numbers(0x0020_0037, Orientation));
        item.Sequence(0x0028_9110, IsDefined, group =>
        {
            group.Numbers(0x0018_0050, 1);
            if (Between is { } between)
            {
                group.Numbers(0x0018_0088, between);
            }

            group.Numbers(0x0028_0030, Spacing);
        });
        if (Scales is null && Shown is null)
        {
            Scale(item, (1, 0));
        }
    }

    private void Scale(DicomElements item, (double Slope, double Intercept) scale) => item.Sequence(0x0028_9145, IsDefined, group =>
    {
        group.Numbers(0x0028_1052, scale.Intercept);
        group.Numbers(0x0028_1053, scale.Slope);
        group.Text(0x0028_1054, "LO", "HU");
    });

    private void Code(DicomElements item, uint tag, string value, string meaning) => item.Sequence(tag, IsDefined, code =>
    {
        code.Text(0x0008_0100, "SH", value);
        code.Text(0x0008_0102, "SH", "SCT");
        code.Text(0x0008_0104, "LO", meaning);
    });
}
