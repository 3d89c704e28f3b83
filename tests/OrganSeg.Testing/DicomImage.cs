using System.IO.Compression;

namespace OrganSeg.Testing;

/// <summary>Writes CT images as DICOM Part 10 files by PS3.5 and PS3.10, apart from the code under test.</summary>
public sealed class DicomImage
{
    /// <summary>UIDs of the syntaxes that are written.</summary>
    public const string ImplicitLittle = "1.2.840.10008.1.2";

    /// <summary>Explicit little endian.</summary>
    public const string ExplicitLittle = "1.2.840.10008.1.2.1";

    /// <summary>Deflated explicit little endian.</summary>
    public const string Deflated = "1.2.840.10008.1.2.1.99";

    /// <summary>Explicit big endian.</summary>
    public const string ExplicitBig = "1.2.840.10008.1.2.2";

    private const string CtImageStorage = "1.2.840.10008.5.1.4.1.1.2";

    /// <summary>Columns.</summary>
    public required int Width { get; init; }

    /// <summary>Rows.</summary>
    public required int Height { get; init; }

    /// <summary>Stored numbers, row by row; the low 16 bits are written.</summary>
    public required int[] Pixels { get; init; }

    /// <summary>mm, patient coordinates.</summary>
    public required double[] Position { get; init; }

    /// <summary>Row direction, then column direction.</summary>
    public double[] Orientation { get; init; } = [1, 0, 0, 0, 1, 0];

    /// <summary>Distance of rows, then of columns, mm.</summary>
    public double[] Spacing { get; init; } = [1, 1];

    /// <summary>Series UID.</summary>
    public string Series { get; init; } = "1.2.3";

    /// <summary>Instance UID, of files that a server is to take; null leaves it and the class of CT images out.</summary>
    public string? Instance { get; init; }

    /// <summary>Kind of machine.</summary>
    public string Modality { get; init; } = "CT";

    /// <summary>Transfer syntax UID.</summary>
    public string Syntax { get; init; } = ExplicitLittle;

    /// <summary>Whether the stored numbers are signed.</summary>
    public bool IsSigned { get; init; } = true;

    /// <summary>Bits of a number that count, below the highest.</summary>
    public ushort BitsStored { get; init; } = 16;

    /// <summary>Rescale slope; null leaves it out.</summary>
    public double? Slope { get; init; } = 1;

    /// <summary>Rescale intercept.</summary>
    public double Intercept { get; init; }

    /// <summary>Padding value; null leaves it out.</summary>
    public ushort? Padding { get; init; }

    /// <summary>Other end of a range of padding values; null leaves it out.</summary>
    public ushort? PaddingLimit { get; init; }

    /// <summary>Whether pixels hold text, YES or NO; null leaves it out.</summary>
    public string? BurnedIn { get; init; }

    /// <summary>Patient's identifier, which is there to be hashed.</summary>
    public string PatientId { get; init; } = "MRN-4711";

    /// <summary>Study UID.</summary>
    public string Study { get; init; } = "1.2";

    /// <summary>Patient's name, which must not get anywhere.</summary>
    public string PatientName { get; init; } = "Doe^Jane";

    /// <summary>Tags to leave out.</summary>
    public IReadOnlyCollection<uint> Without { get; init; } = [];

    /// <summary>Zips files in the given order.</summary>
    public static byte[] Zip(params IEnumerable<(string Name, byte[] Content)> files)
    {
        using var packed = new MemoryStream();
        using (var archive = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                using var entry = archive.CreateEntry(name).Open();
                entry.Write(content);
            }
        }

        return packed.ToArray();
    }

    /// <summary>The file.</summary>
    public byte[] Write()
    {
        var set = new DicomElements(Syntax);
        if (Instance is not null)
        {
            set.Text(0x0008_0016, "UI", CtImageStorage);
            set.Text(0x0008_0018, "UI", Instance);
        }

        set.Text(0x0008_0060, "CS", Modality);
        // A sequence of unknown length with an item of unknown length that holds another image's rows.
        set.Head(0x0008_1140, "SQ", 0xFFFF_FFFF);
        set.Head(0xFFFE_E000, "", 0xFFFF_FFFF);
        set.Word(0x0028_0010, 1);
        set.Head(0xFFFE_E00D, "", 0);
        set.Head(0xFFFE_E0DD, "", 0);
        set.Text(0x0010_0010, "PN", PatientName);
        set.Text(0x0010_0020, "LO", PatientId);
        set.Text(0x0020_000D, "UI", Study);
        set.Text(0x0020_000E, "UI", Series);
        Put(0x0020_0032, Position);
        Put(0x0020_0037, Orientation);
        set.Word(0x0028_0002, 1);
        set.Text(0x0028_0004, "CS", "MONOCHROME2");
        set.Word(0x0028_0010, (ushort)Height);
        set.Word(0x0028_0011, (ushort)Width);
        Put(0x0028_0030, Spacing);
        set.Word(0x0028_0100, 16);
        set.Word(0x0028_0101, BitsStored);
        set.Word(0x0028_0102, (ushort)(BitsStored - 1));
        set.Word(0x0028_0103, IsSigned ? (ushort)1 : (ushort)0);
        if (Padding is { } padding)
        {
            set.Word(0x0028_0120, padding);
        }

        if (PaddingLimit is { } limit)
        {
            set.Word(0x0028_0121, limit);
        }

        if (BurnedIn is { } burned)
        {
            set.Text(0x0028_0301, "CS", burned);
        }

        if (Slope is { } slope)
        {
            Put(0x0028_1052, [Intercept]);
            Put(0x0028_1053, [slope]);
        }

        set.Pixels(0x7FE0_0010, Pixels);
        return DicomElements.File(Syntax, set);

        void Put(uint tag, double[] numbers)
        {
            if (!Without.Contains(tag))
            {
                set.Numbers(tag, numbers);
            }
        }
    }
}
