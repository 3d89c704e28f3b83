using System.ComponentModel.DataAnnotations;
using OrganSeg.Ingest.DicomWeb;
using OrganSeg.Ingest.Sources;

namespace OrganSeg.Ingest;

/// <summary>Settings of the service, section <c>Ingest</c> of the configuration.</summary>
internal sealed class IngestOptions
{
    public const string Section = "Ingest";

    /// <summary>Folder of the spool files of imports that are under way; it must be this service's own.</summary>
    [Required]
    public string SpoolPath { get; init; } =
        Path.Combine(Path.GetTempPath(), $"organseg-ingest-{Environment.UserName}");

    /// <summary>Folder of uploads that wait for their import. On a disk that outlives the service they do, too; otherwise they are
    /// sent again.</summary>
    [Required]
    public string UploadPath { get; init; } =
        Path.Combine(Path.GetTempPath(), $"organseg-uploads-{Environment.UserName}");

    /// <summary>Uploads that wait, sent or announced, in MiB; more are refused.</summary>
    [Range(1, 16_777_216)]
    public int MaxUploadMebibytes { get; init; } = 8192;

    /// <summary>Hours after which an upload goes that nobody touches.</summary>
    [Range(0.001, 8760)]
    public double UploadExpiryHours { get; init; } = 24;

    /// <summary>Files in one import.</summary>
    [Range(1, 10_000_000)]
    public int MaxFiles { get; init; } = 200_000;

    /// <summary>Size of one slice's file, in bytes.</summary>
    [Range(1, 1 << 30)]
    public int MaxFileBytes { get; init; } = 64 << 20;

    /// <summary>Size of one volume (NIfTI, a DICOM series), packed and unpacked, in MiB.</summary>
    [Range(1, 1 << 20)]
    public int MaxVolumeMebibytes { get; init; } = 4096;

    /// <summary>Size of one archive (zip, tar), and of all that it unpacks to, in MiB; it is unpacked beside the spool files.</summary>
    [Range(1, 1 << 24)]
    public int MaxArchiveMebibytes { get; init; } = 65_536;

    /// <summary>Files of one import that wait for a core, in MiB: uploads faster than the cores are slowed down.</summary>
    [Range(1, 16_384)]
    public int MaxWaitingMebibytes { get; init; } = 128;

    /// <summary>Secret by which patients and series become pseudonyms, at least 32 characters; the same secret gives the same pseudonyms. Without, one is drawn once and kept in <c>PseudonymKeyPath</c>.</summary>
    [MinLength(32)]
    public string? PseudonymKey { get; init; }

    /// <summary>File of the secret that was drawn, which only this service's account can read; without, it lies in the account's own folder of application data. Several replicas need one <c>PseudonymKey</c> instead.</summary>
    public string? PseudonymKeyPath { get; init; }

    /// <summary>Time between two progress messages, in milliseconds.</summary>
    [Range(10, 60_000)]
    public int ProgressIntervalMilliseconds { get; init; } = 250;

    /// <summary>DICOMweb servers that imports may name, by that name: the root of their services and, where they ask for it, an Authorization header.</summary>
    public Dictionary<string, DicomWebServer> DicomWeb { get; init; } = [];

    /// <summary>Most bytes of a file of a kind; null is a kind that its name does not tell.</summary>
    public long MaxBytesOf(SourceKind? kind) => kind switch
    {
        SourceKind.Archive => (long)MaxArchiveMebibytes << 20,
        SourceKind.Nifti or SourceKind.NiftiHalf => (long)MaxVolumeMebibytes << 20,
        // Each is decoded in memory.
        SourceKind.Dicom => Math.Min((long)MaxVolumeMebibytes << 20, 1 << 30),
        _ => MaxFileBytes,
    };
}
