using System.ComponentModel.DataAnnotations;
using OrganSeg.Ingest.DicomWeb;

namespace OrganSeg.Ingest;

/// <summary>Settings of the service, section <c>Ingest</c> of the configuration.</summary>
internal sealed class IngestOptions
{
    public const string Section = "Ingest";

    /// <summary>Folder of the spool files of imports that are under way; it must be this service's own.</summary>
    [Required]
    public string SpoolPath { get; init; } =
        Path.Combine(Path.GetTempPath(), $"organseg-ingest-{Environment.UserName}");

    /// <summary>Files in one import.</summary>
    [Range(1, 10_000_000)]
    public int MaxFiles { get; init; } = 200_000;

    /// <summary>Size of one file, in bytes.</summary>
    [Range(1, 1 << 30)]
    public int MaxFileBytes { get; init; } = 64 << 20;

    /// <summary>Files of one import that wait for a core, in MiB: uploads faster than the cores are slowed down.</summary>
    [Range(1, 16_384)]
    public int MaxWaitingMebibytes { get; init; } = 128;

    /// <summary>Time between two progress messages, in milliseconds.</summary>
    [Range(10, 60_000)]
    public int ProgressIntervalMilliseconds { get; init; } = 250;

    /// <summary>DICOMweb servers that imports may name, by that name: the root of their services and, where they ask for it, an Authorization header.</summary>
    public Dictionary<string, DicomWebServer> DicomWeb { get; init; } = [];
}
