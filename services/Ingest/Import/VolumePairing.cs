using OrganSeg.Imaging.Volumes;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Import;

/// <summary>Puts volumes and their label volumes together when all have come, and makes slices of them.</summary>
/// <param name="labels">Label volumes by their names without extension.</param>
/// <param name="names">What cases are called.</param>
/// <param name="problems">Receives all that is wrong.</param>
internal sealed class VolumePairing(IReadOnlyDictionary<string, ReceivedVolume> labels, CaseNames names, Problems problems)
{
    // nnU-Net's number of the one channel that CT has.
    private const string FirstChannel = "_0000";

    private readonly Dictionary<string, string> _owners = new(StringComparer.Ordinal);

    /// <summary>Slices of a NIfTI volume.</summary>
    public IEnumerable<ReceivedSlice> Cut(ReceivedVolume image)
    {
        var isNumbered = !labels.ContainsKey(image.Stem) && image.Stem.EndsWith(FirstChannel, StringComparison.Ordinal);
        var source = isNumbered && image.Stem.Length > FirstChannel.Length ? image.Stem[..^FirstChannel.Length] : image.Stem;
        if (!TryFind([source], image.FileName, image.Role, out var label) || image.Content is not { } content || label is { Content: null })
        {
            return [];
        }

        if (label?.Content is { } drawn && GridMatch.Difference(content.Geometry, drawn.Geometry) is { } difference)
        {
            problems.Add(
                image.FileName, $"does not match its label volume {label.FileName}: {difference}. Send a label volume of the same voxels.");
            return [];
        }

        return Slices(content, label?.Content, image.Role, names.Volume(source, content) with { Names = [source, image.Stem] });
    }

    /// <summary>Slices of the series of a folder: of each one of a negative folder, else of the one that the label volume was
    /// drawn on.</summary>
    public IEnumerable<ReceivedSlice> Cut(ReceivedFolder folder, bool allowBurnedIn)
    {
        if (folder is { Fetched: true, Role: FileRole.Image } && !folder.Names.Any(labels.ContainsKey))
        {
            return [];
        }

        if (!TryFind(folder.Names, folder.Shown, folder.Role, out var label))
        {
            TellRefused(folder);
            return [];
        }

        if (label is { Content: null })
        {
            return [];
        }

        var taken = label?.Content is { } drawn ? Matching(folder, label.FileName, drawn.Geometry) : [.. folder.Series];
        if (label is null || taken.Count == 0)
        {
            TellRefused(folder);
        }

        var allowed = taken.Where(series => allowBurnedIn || !series.BurnedIn).ToList();
        if (allowed.Count < taken.Count)
        {
            problems.Add(
                folder.Shown,
                "says that annotations are burned into its pixels, which may name the patient; look at it, then leave it out or allow it with --allow-burned-in.");
        }

        var left = label is null ? 0 : folder.Series.Count - taken.Count;
        return allowed.Where(series => series.Content is not null).SelectMany((series, number) => Slices(
            series.Content!,
            label?.Content,
            folder.Role,
            names.Series(series, folder.Names.Count > 0 ? folder.Names[0] : folder.Shown, left) with { Names = [folder.Shown, .. folder.Names] },
            // Series of one folder have its name in common, and their slices must not.
            allowed.Count > 1 ? $" series {number + 1}" : ""));
    }

    /// <summary>Names the label volumes that no image has taken.</summary>
    public void CheckLeftLabels()
    {
        foreach (var (name, label) in labels)
        {
            if (!_owners.ContainsKey(name))
            {
                problems.Add(label.FileName, "is a label volume without image; send the volume of the same name.");
            }
        }
    }

    /// <summary>The label volume of an image; whether all is as it must be.</summary>
    private bool TryFind(IReadOnlyList<string> candidates, string shown, FileRole role, out ReceivedVolume? label)
    {
        var name = candidates.FirstOrDefault(labels.ContainsKey);
        label = name is null ? null : labels[name];
        var wrong = (role, name) switch
        {
            (FileRole.Negative, not null) => "came both as a negative and with a label volume; send it as one of them.",
            (not FileRole.Negative, null) => "has no label volume; send a NIfTI of the same name, or send it as a negative if it shows no organ.",
            (_, not null) when !_owners.TryAdd(name, shown) => $"would share its label volume with {_owners[name]}; give each volume its own.",
            _ => null,
        };
        if (wrong is not null)
        {
            problems.Add(shown, wrong);
        }

        return wrong is null;
    }

    private void TellRefused(ReceivedFolder folder)
    {
        foreach (var series in folder.Series.Where(series => series.Refused is not null))
        {
            problems.Add(series.Refused!, folder.Shown);
        }
    }

    private List<ReceivedSeries> Matching(ReceivedFolder folder, string labelName, VolumeGeometry drawn)
    {
        var read = folder.Series.Where(series => series.Content is not null).ToList();
        var matching = read.Where(series => GridMatch.Difference(series.Content!.Geometry, drawn) is null).ToList();

        // What could not be read is said instead.
        if (matching.Count == 0 && read.Count == folder.Series.Count)
        {
            problems.Add(folder.Shown, read.Count == 1
                ? $"does not match its label volume {labelName}: {GridMatch.Difference(read[0].Content!.Geometry, drawn)}. Send a label volume of the same voxels."
                : $"holds {read.Count} series, and none has the voxels of its label volume {labelName}. Send a label volume of the same voxels.");
        }
        else if (matching.Count > 1)
        {
            problems.Add(folder.Shown, $"holds {matching.Count} series with the voxels of its label volume {labelName}; put the one that it was drawn on into a folder of its own.");
            return [];
        }

        return matching;
    }

    private static IEnumerable<ReceivedSlice> Slices(NormalisedVolume content, NormalisedVolume? labels, FileRole role, ReceivedCase ofCase, string series = "")
    {
        for (var place = 0; place < content.Images.Count; place++)
        {
            var suffix = CaseNames.Suffix(place, content.Images.Count);
            var slice = new ReceivedSlice(ofCase.Source + series + suffix, ofCase.Name + suffix, ofCase)
            {
                Place = place,
                Image = content.Images[place],
                Labels = labels?.Labels[place],
            };
            slice.Take(role);
            if (labels is not null)
            {
                slice.Take(FileRole.Label);
            }

            yield return slice;
        }
    }
}
