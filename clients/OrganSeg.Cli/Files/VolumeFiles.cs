namespace OrganSeg.Cli.Files;

/// <summary>The volumes that a user names, apart from slices.</summary>
internal static class VolumeFiles
{
    /// <summary>Parts what is named: volumes, those directly inside folders among them, and what may hold slices.</summary>
    /// <exception cref="OrganSegException">Two volumes have one name.</exception>
    public static (IReadOnlyList<VolumeInput> Volumes, IReadOnlyList<string> Slices) Part(IEnumerable<string> inputs)
    {
        var volumes = new SortedDictionary<string, VolumeInput>(StringComparer.Ordinal);
        var slices = new List<string>();
        foreach (var input in inputs)
        {
            var path = Path.GetFullPath(input);
            if (Directory.Exists(path))
            {
                // A zip may hold anything; only one that is named is taken for a series.
                var inside = Directory.EnumerateFiles(path).Where(file => !file.EndsWith(".zip", StringComparison.OrdinalIgnoreCase));
                List<VolumeInput> found = [.. inside.Append(path).Select(VolumeInput.Of).OfType<VolumeInput>()];
                found.ForEach(Add);
                if (found.Count == 0 || Directory.EnumerateFiles(input, "*.png").Any())
                {
                    slices.Add(input);
                }
            }
            else if (File.Exists(path) && VolumeInput.Of(path) is { } volume)
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

        void Add(VolumeInput volume)
        {
            if (!volumes.TryAdd(volume.Name, volume) && volumes[volume.Name] != volume)
            {
                throw OrganSegException.Invalid(
                    volume.Path, $"and {volumes[volume.Name].Path} would both write {volume.Name}; names must differ");
            }
        }
    }
}
