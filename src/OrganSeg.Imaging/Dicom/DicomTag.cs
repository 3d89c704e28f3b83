namespace OrganSeg.Imaging.Dicom;

/// <summary>
/// The elements that are read, group before element (DICOM PS3.6). Of the patient's module only the identifier is among them,
/// which leaves in a <see cref="DicomIdentity"/> and nowhere else.
/// </summary>
internal static class DicomTag
{
    public const uint TransferSyntax = 0x0002_0010;
    public const uint SopClass = 0x0008_0016;
    public const uint Modality = 0x0008_0060;
    public const uint CodeValue = 0x0008_0100;
    public const uint CodingScheme = 0x0008_0102;
    public const uint CodeMeaning = 0x0008_0104;
    public const uint ReferencedSeries = 0x0008_1115;
    public const uint PatientId = 0x0010_0020;
    public const uint SliceThickness = 0x0018_0050;
    public const uint SpacingBetweenSlices = 0x0018_0088;
    public const uint StudyInstance = 0x0020_000D;
    public const uint SeriesInstance = 0x0020_000E;
    public const uint ImagePosition = 0x0020_0032;
    public const uint ImageOrientation = 0x0020_0037;
    public const uint PlanePosition = 0x0020_9113;
    public const uint PlaneOrientation = 0x0020_9116;
    public const uint SamplesPerPixel = 0x0028_0002;
    public const uint Photometric = 0x0028_0004;
    public const uint NumberOfFrames = 0x0028_0008;
    public const uint Rows = 0x0028_0010;
    public const uint Columns = 0x0028_0011;
    public const uint PixelSpacing = 0x0028_0030;
    public const uint BitsAllocated = 0x0028_0100;
    public const uint BitsStored = 0x0028_0101;
    public const uint HighBit = 0x0028_0102;
    public const uint PixelRepresentation = 0x0028_0103;
    public const uint PaddingValue = 0x0028_0120;
    public const uint PaddingLimit = 0x0028_0121;
    public const uint BurnedInAnnotation = 0x0028_0301;
    public const uint RescaleIntercept = 0x0028_1052;
    public const uint RescaleSlope = 0x0028_1053;
    public const uint ModalityLut = 0x0028_3000;
    public const uint PixelMeasures = 0x0028_9110;
    public const uint PixelValueTransformation = 0x0028_9145;
    public const uint SegmentationType = 0x0062_0001;
    public const uint Segments = 0x0062_0002;
    public const uint PropertyCategory = 0x0062_0003;
    public const uint SegmentNumber = 0x0062_0004;
    public const uint SegmentLabel = 0x0062_0005;
    public const uint SegmentIdentification = 0x0062_000A;
    public const uint ReferencedSegment = 0x0062_000B;
    public const uint MaximumFraction = 0x0062_000E;
    public const uint PropertyType = 0x0062_000F;
    public const uint SharedGroups = 0x5200_9229;
    public const uint PerFrameGroups = 0x5200_9230;
    public const uint PixelData = 0x7FE0_0010;
    public const uint Item = 0xFFFE_E000;
    public const uint ItemEnd = 0xFFFE_E00D;
    public const uint SequenceEnd = 0xFFFE_E0DD;

    /// <summary>As DICOM writes it, such as <c>(0028,0010)</c>.</summary>
    public static string Show(uint tag) => $"({tag >> 16:X4},{tag & 0xFFFF:X4})";
}
