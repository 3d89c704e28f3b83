using System.IO.Compression;
using OrganSeg.Cli.Files;

namespace OrganSeg.Cli.Work;

/// <summary>
/// Packs each folder of DICOM files as a zip, so that it is one file to send. Names of the files, which may be a patient's,
/// stay behind, and equal folders become equal zips. The zips go away when this is disposed of.
/// </summary>
internal sealed class PackedSeries : IDisposable
{
    // The first that a zip can say.
    private static readonly DateTimeOffset Epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string? _folder;

    private PackedSeries(IReadOnlyList<ImportFile> files, string? folder) => (Files, _folder) = (files, folder);

    /// <summary>The files to send.</summary>
    public IReadOnlyList<ImportFile> Files { get; }

    public static async Task<PackedSeries> CreateAsync(IReadOnlyList<ImportFile> files, CancellationToken cancellationToken)
    {
        if (!files.Any(file => file.IsFolder))
        {
            return new PackedSeries(files, null);
        }

        var folder = Directory.CreateTempSubdirectory("organseg-series-").FullName;
        try
        {
            var packed = new List<ImportFile>();
            foreach (var file in files)
            {
                packed.Add(file.IsFolder ? file with { Path = await PackAsync(file.Path, Path.Combine(folder, $"{packed.Count}.zip"), cancellationToken) } : file);
            }

            return new PackedSeries(packed, folder);
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    public void Dispose()
    {
        if (_folder is not null)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static async Task<string> PackAsync(string folder, string zip, CancellationToken cancellationToken)
    {
        await using var archive = await ZipFile.OpenAsync(zip, ZipArchiveMode.Create, cancellationToken);
        var number = 0;
        foreach (var path in Directory.EnumerateFiles(folder).Where(VolumeInput.IsDicom).Order(StringComparer.Ordinal))
        {
            var entry = archive.CreateEntry($"{++number:D5}.dcm", CompressionLevel.Fastest);
            entry.LastWriteTime = Epoch;
            await using var content = await entry.OpenAsync(cancellationToken);
            await using var file = File.OpenRead(path);
            await file.CopyToAsync(content, cancellationToken);
        }

        return zip;
    }
}
