using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using OrganSeg.Imaging.Volumes;

namespace OrganSeg.Imaging.Dicom;

/// <summary>
/// Reads single-frame CT images of DICOM Part 10 files (PS3.10): implicit and explicit little endian, explicit big endian and
/// deflated by itself, compressed pixels with GDCM.
/// </summary>
internal static class DicomFile
{
    private const int MetaStart = 132;
    private const double AirHu = -1024;
    private const int MostSide = 16_384;

    // No CT slice comes near; what unpacks to more is a bomb.
    private const int MostUnpacked = 512 << 20;

    private static readonly HashSet<uint> Meta = [DicomTag.TransferSyntax];

    private static readonly HashSet<uint> Wanted =
    [
        DicomTag.Modality, DicomTag.SliceThickness, DicomTag.SeriesInstance, DicomTag.ImagePosition, DicomTag.ImageOrientation,
        DicomTag.SamplesPerPixel, DicomTag.Photometric, DicomTag.NumberOfFrames, DicomTag.Rows, DicomTag.Columns, DicomTag.PixelSpacing,
        DicomTag.BitsAllocated, DicomTag.BitsStored, DicomTag.HighBit, DicomTag.PixelRepresentation, DicomTag.PaddingValue,
        DicomTag.RescaleIntercept, DicomTag.RescaleSlope,
    ];

    /// <summary>Whether a file begins as DICOM does.</summary>
    public static bool IsDicom(ReadOnlySpan<byte> start) => start.Length >= MetaStart && start[128..MetaStart].SequenceEqual("DICM"u8);

    /// <summary>Reads an image.</summary>
    /// <param name="bytes">The whole file, for which <see cref="IsDicom"/> holds.</param>
    /// <param name="file">What errors name.</param>
    /// <param name="cancellationToken">Ends a decoder that is at work.</param>
    /// <returns>Null of a file without pixels, such as a directory.</returns>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: damaged, or no single-frame CT image;
    /// <see cref="ErrorKind.NotReady"/>: GDCM is needed and not installed.</exception>
    public static async Task<DicomSlice?> ReadAsync(ReadOnlyMemory<byte> bytes, string file, CancellationToken cancellationToken)
    {
        var meta = DicomDataSet.Read(bytes[MetaStart..], new DicomSyntax(Explicit: true), file, lastGroup: 2, Meta);
        var uid = meta.Text(DicomTag.TransferSyntax);
        var syntax = DicomSyntax.Of(uid) ?? throw meta.Wrong(DicomTag.TransferSyntax, $"\"{uid}\" is no transfer syntax that is read.");
        var body = bytes[(MetaStart + meta.End)..];
        var set = DicomDataSet.Read(syntax.Deflated ? Inflate(body, file) : body, syntax, file, uint.MaxValue, Wanted);
        if (!set.Has(DicomTag.PixelData))
        {
            return null;
        }

        if (!syntax.Encapsulated)
        {
            return Slice(set, syntax, file);
        }

        // Refused before a decoder is started for it.
        CheckKind(set);
        var raw = await GdcmDecoder.DecodeAsync(bytes, file, cancellationToken);
        return IsDicom(raw) && DicomSyntax.Of(SyntaxOf(raw, file)) is { Encapsulated: false }
            ? await ReadAsync(raw, file, cancellationToken)
            : throw OrganSegException.Invalid(file, "cannot be decoded by gdcmconv.");
    }

    private static string SyntaxOf(byte[] bytes, string file) =>
        DicomDataSet.Read(bytes.AsMemory(MetaStart), new DicomSyntax(Explicit: true), file, lastGroup: 2, Meta).Text(DicomTag.TransferSyntax);

    private static void CheckKind(DicomDataSet set)
    {
        if (set.Text(DicomTag.Modality) is not "CT" and var modality)
        {
            throw set.Wrong(DicomTag.Modality, $"is \"{modality}\"; only CT is segmented.");
        }

        if (set.Text(DicomTag.NumberOfFrames) is not ("" or "1"))
        {
            throw set.Wrong(DicomTag.NumberOfFrames, "is above 1; enhanced multi-frame images are not read, convert them to single frames or NIfTI.");
        }

        if (set.Short(DicomTag.SamplesPerPixel) is not (null or 1) || set.Text(DicomTag.Photometric) != "MONOCHROME2")
        {
            throw set.Wrong(DicomTag.Photometric, "must be MONOCHROME2.");
        }
    }

    private static DicomSlice Slice(DicomDataSet set, DicomSyntax syntax, string file)
    {
        CheckKind(set);
        var (rows, columns) = (Side(set, DicomTag.Rows), Side(set, DicomTag.Columns));
        var signed = set.Short(DicomTag.PixelRepresentation) == 1;
        var (slope, intercept) = (set.Numbers(DicomTag.RescaleSlope, 1)?[0] ?? 1, set.Numbers(DicomTag.RescaleIntercept, 1)?[0] ?? 0);
        if (slope == 0)
        {
            throw set.Wrong(DicomTag.RescaleSlope, "is 0.");
        }

        var orientation = Needed(set, DicomTag.ImageOrientation, 6);
        if (Math.Abs(Square(orientation[..3]) - 1) > 1e-3 || Math.Abs(Square(orientation[3..]) - 1) > 1e-3
            || Math.Abs((orientation[0] * orientation[3]) + (orientation[1] * orientation[4]) + (orientation[2] * orientation[5])) > 1e-3)
        {
            throw set.Wrong(DicomTag.ImageOrientation, "must hold two unit vectors at right angles.");
        }

        var spacing = Needed(set, DicomTag.PixelSpacing, 2);
        if (spacing.Any(distance => distance <= 0))
        {
            throw set.Wrong(DicomTag.PixelSpacing, "must be above 0.");
        }

        return new DicomSlice
        {
            File = file,
            Series = set.Text(DicomTag.SeriesInstance),
            Rows = rows,
            Columns = columns,
            Type = signed ? VoxelType.Int16 : VoxelType.UInt16,
            Pixels = Pixels(set, syntax, rows * columns, signed, (AirHu - intercept) / slope),
            Slope = slope,
            Intercept = intercept,
            Position = Needed(set, DicomTag.ImagePosition, 3),
            Orientation = orientation,
            Spacing = spacing,
            Thickness = set.Numbers(DicomTag.SliceThickness, 1)?[0],
        };
    }

    private static int Side(DicomDataSet set, uint tag) => set.Short(tag) is { } side and > 0 and <= MostSide
        ? side
        : throw set.Wrong(tag, $"is missing, or not 1 to {MostSide}.");

    private static double[] Needed(DicomDataSet set, uint tag, int count) =>
        set.Numbers(tag, count) ?? throw set.Wrong(tag, "is missing, and without it nobody knows where the image lies.");

    private static double Square(double[] vector) => vector.Sum(value => value * value);

    /// <summary>Stored numbers without the bits that are none of the value's (PS3.5, section 8.1.1).</summary>
    private static byte[] Pixels(DicomDataSet set, DicomSyntax syntax, int count, bool signed, double air)
    {
        var allocated = set.Short(DicomTag.BitsAllocated) ?? 16;
        var stored = set.Short(DicomTag.BitsStored) ?? allocated;
        var high = set.Short(DicomTag.HighBit) ?? (ushort)(stored - 1);
        if (allocated is not (8 or 16) || stored == 0 || stored > allocated || high >= allocated || high + 1 < stored)
        {
            throw set.Wrong(DicomTag.BitsAllocated, $"{allocated}, stored {stored} up to bit {high}, is no layout of 8 or 16 bits.");
        }

        var source = set.Bytes(DicomTag.PixelData).Span;
        if (source.Length < count * (long)allocated / 8)
        {
            throw set.Wrong(DicomTag.PixelData, $"has {source.Length} bytes; {count} pixels of {allocated} bits need {count * (long)allocated / 8}.");
        }

        var (below, above) = (high + 1 - stored, 31 - high);
        int Value(int raw) => signed ? raw << above >> above >> below : (int)((uint)raw << above >> above) >> below;
        var padding = set.Short(DicomTag.PaddingValue) is { } value ? Value(value) : (int?)null;
        var outside = (int)Math.Clamp(air, signed ? short.MinValue : 0, signed ? short.MaxValue : ushort.MaxValue);
        var bytes = new byte[2 * count];
        var pixels = MemoryMarshal.Cast<byte, short>(bytes.AsSpan());
        for (var i = 0; i < count; i++)
        {
            var number = Value(allocated == 8 ? source[i] : syntax.BigEndian
                ? BinaryPrimitives.ReadUInt16BigEndian(source[(2 * i)..])
                : BinaryPrimitives.ReadUInt16LittleEndian(source[(2 * i)..]));
            pixels[i] = unchecked((short)(number == padding ? outside : number));
        }

        return bytes;
    }

    private static ReadOnlyMemory<byte> Inflate(ReadOnlyMemory<byte> body, string file)
    {
        using var packed = new DeflateStream(new MemoryStream(body.ToArray(), writable: false), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        var buffer = new byte[1 << 16];
        try
        {
            while (packed.Read(buffer) is > 0 and var read)
            {
                if (unpacked.Length + read > MostUnpacked)
                {
                    throw OrganSegException.Invalid(file, $"unpacks to more than {MostUnpacked >> 20} MiB.");
                }

                unpacked.Write(buffer, 0, read);
            }
        }
        catch (InvalidDataException error)
        {
            throw new OrganSegException(ErrorKind.Invalid, $"{file}: its compression is damaged; copy the file again.", error);
        }

        return unpacked.GetBuffer().AsMemory(0, (int)unpacked.Length);
    }
}
