using OrganSeg.Imaging.Volumes;
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
    private readonly List<ReceivedSegmentation> _segmentations = [];

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

    /// <summary>A DICOM segmentation.</summary>
    public void Add(ReceivedSegmentation segmentation) => _segmentations.Add(segmentation);

    /// <summary>Lays segmentations out over the volumes of their names, when all workers have ended.</summary>
    /// <param name="read">Reads one over given voxels.</param>
    /// <param name="problems">Receives all that is wrong.</param>
    public async Task PlaceSegmentationsAsync(Func<ReceivedSegmentation, VolumeGeometry, Task<NormalisedVolume>> read, Problems problems)
    {
        foreach (var segmentation in _segmentations)
        {
            if (segmentation.Fetched && (_labels.Keys.Intersect(segmentation.Names).Any() || !_folders.Any(folder => folder.Names.Intersect(segmentation.Names).Any())))
            {
                // A server may have many: of series that were not asked for, and of those that have labels already.
                continue;
            }

            var name = segmentation.Names.FirstOrDefault(name => _images.ContainsKey(name) || _folders.Any(folder => folder.Names.Contains(name)));
            if (name is null)
            {
                problems.Add(segmentation.FileName, "is a label volume without image; send the volume of the same name.");
                continue;
            }

            var placed = new ReceivedVolume(segmentation.FileName, name, FileRole.Label);
            if (!_labels.TryAdd(name, placed))
            {
                problems.Add(segmentation.FileName, $"came twice as a label volume, with {_labels[name].FileName}.");
                continue;
            }

            ReceivedSeries[] inFolders = [.. _folders.Where(folder => folder.Names.Contains(name)).SelectMany(folder => folder.Series)];
            NormalisedVolume?[] volumes = inFolders.Any(series => series.Identity.Series == segmentation.Series)
                ? [.. inFolders.Where(series => series.Identity.Series == segmentation.Series).Select(series => series.Content)]
                : [_images.GetValueOrDefault(name)?.Content, .. inFolders.Select(series => series.Content)];
            placed.Content = await PlaceAsync(segmentation, volumes, read, problems);
        }
    }

    /// <summary>Every slice, when all workers have ended and segmentations are placed.</summary>
    public IReadOnlyCollection<ReceivedSlice> Slices(Problems problems)
    {
        var pairing = new VolumePairing(_labels, names, problems);
        ReceivedSlice[] cut = [.. _images.Values.SelectMany(pairing.Cut), .. _folders.SelectMany(folder => pairing.Cut(folder, allowBurnedIn))];
        pairing.CheckLeftLabels();
        ReceivedFolder[] fetched = [.. _folders.Where(folder => folder is { Fetched: true, Role: FileRole.Image })];
        if (fetched.Length > 0 && !fetched.Any(folder => folder.Names.Any(_labels.ContainsKey)))
        {
            problems.Add(
                "dicomWeb", $"matches {fetched.Length} CT series, and none has a label volume; send one under the name of its SeriesInstanceUID, with .nii.gz behind.");
        }

        var single = _slices.Values.Select(slice => slice.Case).ToHashSet(StringComparer.Ordinal);
        foreach (var twice in cut.GroupBy(slice => slice.Case).Where(group => single.Contains(group.Key) || group.DistinctBy(slice => slice.Of).Skip(1).Any()))
        {
            problems.Add(twice.First().Of.Source, "came twice as a case; give each volume a name of its own.");
        }

        foreach (var twice in cut.GroupBy(slice => slice.FileName).Where(group => group.DistinctBy(slice => slice.Of.Name).Skip(1).Any()).DistinctBy(group => group.First().Of.Source))
        {
            problems.Add(
                twice.First().Of.Source, "is the name of several folders with DICOM files; give each of them a name of its own, or import them one by one.");
        }

        return [.. _slices.Values, .. cut];
    }

    private static async Task<NormalisedVolume?> PlaceAsync(
        ReceivedSegmentation segmentation,
        IEnumerable<NormalisedVolume?> volumes,
        Func<ReceivedSegmentation, VolumeGeometry, Task<NormalisedVolume>> read,
        Problems problems)
    {
        OrganSegException? refused = null;
        var placed = new List<NormalisedVolume>();
        foreach (var volume in volumes.OfType<NormalisedVolume>())
        {
            try
            {
                placed.Add(await read(segmentation, volume.Geometry));
            }
            catch (OrganSegException error) when (error.Kind == ErrorKind.Invalid)
            {
                refused = error;
            }
        }

        if (placed.Count > 1)
        {
            // Such as two reconstructions, whose planes coincide here and there.
            problems.Add(
                segmentation.FileName,
                $"lies on the voxels of {placed.Count} series of its folder; put the one that it was drawn on into a folder of its own.");
        }
        else if (placed.Count == 0 && refused is not null)
        {
            // Where no volume could be read, that was said already.
            problems.Add(refused, segmentation.FileName);
        }

        return placed.Count == 1 ? placed[0] : null;
    }
}
