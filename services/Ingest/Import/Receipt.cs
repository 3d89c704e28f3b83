using OrganSeg.Ingest.Sources;
using OrganSeg.Ingest.Uploads;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Import;

/// <summary>What has come in of one import, and what goes together. For the one receiver.</summary>
internal sealed class Receipt(CaseNames names, bool allowBurnedIn)
{
    private readonly Dictionary<string, ReceivedSlice> _slices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ReceivedVolume> _images = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ReceivedVolume> _labels = new(StringComparer.Ordinal);
    private readonly List<ReceivedFolder> _folders = [];

    /// <summary>The slice of a PNG file.</summary>
    /// <returns>The slice, and what is wrong with another file of it, or null.</returns>
    public (ReceivedSlice Slice, string? Problem) Slice(UploadedFile file)
    {
        var name = FileName.StemOf(file.Name);
        if (!_slices.TryGetValue(name, out var slice))
        {
            _slices.Add(name, slice = names.Slice(file.Name));
        }

        return (slice, slice.Take(file.Role));
    }

    /// <summary>The volume of a NIfTI file.</summary>
    /// <returns>The volume, or null and what is wrong.</returns>
    public (ReceivedVolume? Volume, string? Problem) Volume(UploadedFile file)
    {
        var stem = SourceName.StemOf(file.Name);
        var volume = new ReceivedVolume(file.Name, stem, file.Role);
        var known = file.Role == FileRole.Label ? _labels : _images;
        return known.TryAdd(stem, volume)
            ? (volume, null)
            : (null, file.Role == FileRole.Label ? "came twice as a label volume." : "came twice as a volume.");
    }

    /// <summary>A folder of DICOM files.</summary>
    public void Add(ReceivedFolder folder) => _folders.Add(folder);

    /// <summary>Every slice, when all workers have ended.</summary>
    public IReadOnlyCollection<ReceivedSlice> Slices(Problems problems)
    {
        var pairing = new VolumePairing(_labels, names, problems);
        ReceivedSlice[] cut = [.. _images.Values.SelectMany(pairing.Cut), .. _folders.SelectMany(folder => pairing.Cut(folder, allowBurnedIn))];
        pairing.CheckLeftLabels();
        var single = _slices.Values.Select(slice => slice.Case).ToHashSet(StringComparer.Ordinal);
        foreach (var twice in cut.GroupBy(slice => slice.Case).Where(group => single.Contains(group.Key) || group.DistinctBy(slice => slice.Of).Skip(1).Any()))
        {
            problems.Add(twice.First().Of.Source, "came twice as a case; give each volume a name of its own.");
        }

        return [.. _slices.Values, .. cut];
    }
}
