using OrganSeg.Cli.Files;

namespace OrganSeg.Cli.Work;

/// <summary>The label maps of an import: PNG, NIfTI and DICOM SEG files of a folder, or an archive of them.</summary>
internal sealed class ImportLabels
{
    // nnU-Net numbers the channels of an image, and its label map has none.
    private const string FirstChannel = "_0000";

    private readonly IReadOnlyDictionary<string, string> _slices;
    private readonly SortedDictionary<string, string> _volumes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = [];
    private readonly string? _archive;

    private ImportLabels(IReadOnlyDictionary<string, string> slices, string? archive) => (_slices, _archive) = (slices, archive);

    /// <summary>Whether they are in an archive, so that only the service sees which there are.</summary>
    public bool IsArchive => _archive is not null;

    /// <param name="path">Folder or archive; null for none.</param>
    /// <exception cref="OrganSegException">It is missing or holds no label map, or two have one name.</exception>
    public static ImportLabels In(string? path)
    {
        if (path is null || (File.Exists(path) && ImportVolume.IsArchiveName(path)))
        {
            return new ImportLabels(new Dictionary<string, string>(), path);
        }

        string[] volumes = Directory.Exists(path)
            ? [.. Directory.EnumerateFiles(path).Select(NiftiPair.HeaderOf).Distinct().Where(file => ImportVolume.LabelStem(file) is not null)]
            : [];
        var onlyVolumes = volumes.Length > 0 && !Directory.EnumerateFiles(path).Any(file => file.EndsWith(".png", StringComparison.OrdinalIgnoreCase));
        var labels = new ImportLabels(onlyVolumes ? new Dictionary<string, string>() : SliceFiles.Folder(path), null);
        foreach (var volume in volumes)
        {
            var stem = ImportVolume.LabelStem(Path.GetFileName(volume))!;
            if (!labels._volumes.TryAdd(stem, volume))
            {
                throw OrganSegException.Invalid(volume, $"has the same name as {labels._volumes[stem]}; names must differ");
            }
        }

        return labels;
    }

    /// <summary>The label map of a PNG slice; null where there is none.</summary>
    public string? OfSlice(string slice) => _slices.GetValueOrDefault(Path.GetFileName(slice));

    /// <summary>The label map of a volume; null where there is none.</summary>
    public string? OfVolume(string stem)
    {
        var name = _volumes.ContainsKey(stem) || !stem.EndsWith(FirstChannel, StringComparison.Ordinal) ? stem : stem[..^FirstChannel.Length];
        _used.Add(name);
        return _volumes.GetValueOrDefault(name);
    }

    /// <summary>What no volume has asked for: label volumes, or the archive.</summary>
    public IEnumerable<string> Left() =>
        _archive is not null ? [_archive] : _volumes.Where(volume => !_used.Contains(volume.Key)).Select(volume => volume.Value);
}
