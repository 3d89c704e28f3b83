using System.IO.Compression;
using System.Text;

namespace OrganSeg.Imaging.Dicom;

/// <summary>
/// An opened DICOM Part 10 file (PS3.10): implicit and explicit little endian, explicit big endian and deflated are read here,
/// compressed pixels are decoded by GDCM.
/// </summary>
internal sealed class DicomFile
{
    private const int MetaStart = 132;
    private const string SegmentationClass = "1.2.840.10008.5.1.4.1.1.66.4";

    // No file of CT images comes near; what unpacks to more is a bomb.
    private const int MostUnpacked = 512 << 20;

    // PS3.5, section 6.2: a code string.
    private const int LongestCode = 16;

    private static readonly HashSet<uint> Meta = [DicomTag.TransferSyntax];

    private static readonly HashSet<uint> OfReference = [DicomTag.SeriesInstance];

    private static readonly HashSet<uint> Wanted =
    [
        DicomTag.SopClass, DicomTag.Modality, DicomTag.ReferencedSeries, DicomTag.PatientId, DicomTag.SliceThickness, DicomTag.StudyInstance, DicomTag.SeriesInstance,
        DicomTag.ImagePosition, DicomTag.ImageOrientation, DicomTag.SamplesPerPixel, DicomTag.Photometric, DicomTag.NumberOfFrames,
        DicomTag.Rows, DicomTag.Columns, DicomTag.PixelSpacing, DicomTag.BitsAllocated, DicomTag.BitsStored, DicomTag.HighBit,
        DicomTag.PixelRepresentation, DicomTag.PaddingValue, DicomTag.PaddingLimit, DicomTag.BurnedInAnnotation,
        DicomTag.RescaleIntercept, DicomTag.RescaleSlope, DicomTag.ModalityLut, DicomTag.SegmentationType, DicomTag.Segments,
        DicomTag.MaximumFraction, DicomTag.SharedGroups, DicomTag.PerFrameGroups,
    ];

    private readonly ReadOnlyMemory<byte> _bytes;

    private DicomFile(ReadOnlyMemory<byte> bytes, string name, DicomSyntax syntax, DicomDataSet set) =>
        (_bytes, Name, Syntax, Set) = (bytes, name, syntax, set);

    /// <summary>What errors call it.</summary>
    public string Name { get; }

    public DicomSyntax Syntax { get; }

    /// <summary>Its first level.</summary>
    public DicomDataSet Set { get; }

    /// <summary>Number of frames, 1 where it is not said.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: no whole number above 0.</exception>
    public int Frames => Set.Numbers(DicomTag.NumberOfFrames, 1)?[0] switch
    {
        null => 1,
        >= 1 and <= DicomDataSet.MostItems and var count when Math.Floor(count) == count => (int)count,
        _ => throw Set.Wrong(DicomTag.NumberOfFrames, $"must be 1 to {DicomDataSet.MostItems}."),
    };

    public DicomIdentity Identity => new(
        Encoding.Latin1.GetString(Set.Bytes(DicomTag.PatientId).Span).Trim('\0', ' '),
        Set.Text(DicomTag.StudyInstance),
        Set.Text(DicomTag.SeriesInstance),
        Code(DicomTag.Modality),
        Set.Text(DicomTag.BurnedInAnnotation) switch
        {
            "YES" => true,
            "NO" => false,
            _ => null,
        },
        !Set.Has(DicomTag.PixelData) ? DicomFileKind.Other
            : Set.Text(DicomTag.SopClass) == SegmentationClass ? DicomFileKind.Segmentation
            : DicomFileKind.Image)
    {
        ReferencedSeries = Set.Text(DicomTag.SopClass) == SegmentationClass
            && Set.Items(DicomTag.ReferencedSeries, OfReference).Select(item => item.Text(DicomTag.SeriesInstance)).Distinct().ToArray() is [var series]
                ? series
                : "",
    };

    /// <summary>Whether a file begins as DICOM does.</summary>
    public static bool IsDicom(ReadOnlySpan<byte> start) => start.Length >= MetaStart && start[128..MetaStart].SequenceEqual("DICM"u8);

    /// <param name="bytes">The whole file, for which <see cref="IsDicom"/> holds.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: damaged, or of an unknown syntax.</exception>
    public static DicomFile Open(ReadOnlyMemory<byte> bytes, string name)
    {
        var meta = DicomDataSet.Read(bytes[MetaStart..], new DicomSyntax(Explicit: true), name, lastGroup: 2, Meta);
        var syntax = DicomSyntax.Of(meta.Text(DicomTag.TransferSyntax))
            ?? throw meta.Wrong(DicomTag.TransferSyntax, "is no transfer syntax that is read.");
        var body = bytes[(MetaStart + meta.End)..];
        var set = DicomDataSet.Read(syntax.Deflated ? Inflate(body, name) : body, syntax, name, uint.MaxValue, Wanted);
        return set.Has(DicomTag.Rows) && !set.Has(DicomTag.PixelData) && (set.Text(DicomTag.Modality) == "CT" || set.Text(DicomTag.SopClass) == SegmentationClass)
            ? throw set.Wrong(DicomTag.PixelData, "is missing, as in a file that was cut off; copy it again.")
            : new DicomFile(bytes, name, syntax, set);
    }

    /// <summary>The same file with raw pixels; itself where it has them.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.NotReady"/>: GDCM is needed and not installed;
    /// <see cref="ErrorKind.Invalid"/>: it cannot decode the pixels.</exception>
    public async Task<DicomFile> DecodeAsync(CancellationToken cancellationToken)
    {
        if (!Syntax.Encapsulated)
        {
            return this;
        }

        var pixels = (long)DicomPixels.Side(Set, DicomTag.Rows) * DicomPixels.Side(Set, DicomTag.Columns) * Frames;
        var raw = await GdcmDecoder.DecodeAsync(_bytes, Name, pixels, cancellationToken);
        return IsDicom(raw) && Open(raw, Name) is { Syntax.Encapsulated: false } decoded && decoded.Set.Has(DicomTag.PixelData)
            ? decoded
            : throw OrganSegException.Invalid(Name, "cannot be decoded by gdcmconv; send it uncompressed.");
    }

    /// <summary>A code string; empty of text that is none, which might name the patient.</summary>
    private string Code(uint tag)
    {
        var text = Set.Text(tag);
        return text.Length <= LongestCode && text.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c)) ? text : "";
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
