namespace OrganSeg.Cli.Work;

/// <summary>Tells volumes, series and archives that a user names from slices.</summary>
internal static class ImportSources
{
    /// <summary>Parts what is named: volumes, those directly inside folders and series in folders further down among them, and
    /// what may hold slices.</summary>
    /// <exception cref="OrganSegException">Two volumes have one name.</exception>
    public static (IReadOnlyList<ImportVolume> Volumes, IReadOnlyList<string> Slices) Part(IEnumerable<string> inputs)
    {
        var volumes = new SortedDictionary<string, ImportVolume>(StringComparer.Ordinal);
        var slices = new List<string>();
        foreach (var input in inputs)
        {
            var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(input));
            if (Directory.Exists(path))
            {
                // An archive may hold anything; only one that is named is taken.
                var inside = Directory.EnumerateFiles(path).Where(file => !ImportVolume.IsArchiveName(file));
                List<ImportVolume> found = [.. inside.Append(path).Select(ImportVolume.Of).OfType<ImportVolume>()];
                var hasSlices = Directory.EnumerateFiles(path).Any(file => file.EndsWith(".png", StringComparison.OrdinalIgnoreCase));
                if (found.Count == 0 && !hasSlices)
                {
                    found.AddRange(Directory.EnumerateDirectories(path, "*", SearchOption.AllDirectories).Select(ImportVolume.Of).OfType<ImportVolume>());
                }

                found.ForEach(Add);
                if (found.Count == 0 || hasSlices)
                {
                    slices.Add(input);
                }
            }
            else if (File.Exists(path) && ImportVolume.Of(path) is { } volume)
            {
                Add(volume);
            }
            else
            {
                // What is missing or of another kind is told with the rest.
                slices.Add(input);
            }
        }

        return ([.. volumes.Values], slices);

        void Add(ImportVolume volume)
        {
            if (!volumes.TryAdd(volume.Stem, volume) && volumes[volume.Stem] != volume)
            {
                throw OrganSegException.Invalid(volume.Path, $"has the same name as {volumes[volume.Stem].Path}; names must differ");
            }
        }
    }
}
