using System.ComponentModel.DataAnnotations;

namespace OrganSeg.Ingest.DicomWeb;

/// <summary>
/// A DICOMweb server that imports may come from. Operators name them; a request that could bring an address of its own would
/// make this service call anything that it can reach.
/// </summary>
internal sealed class DicomWebServer
{
    /// <summary>Root of its services, such as <c>https://pacs.hospital/dicom-web</c>.</summary>
    [Required]
    public required Uri Url { get; init; }

    /// <summary>The Authorization header of every request, such as <c>Bearer …</c>; null or empty sends none. A secret.</summary>
    public string? Authorization { get; init; }
}
