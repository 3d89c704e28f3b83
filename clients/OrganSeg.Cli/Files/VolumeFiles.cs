namespace OrganSeg.Cli.Files;

/// <summary>The NIfTI files that a user names, apart from slices.</summary>
internal static class VolumeFiles
{
    private static readonly string[] Extensions = [".nii", ".nii.gz"];

    /// <summary>Parts what is named: NIfTI files, those directly inside folders among them, and what may hold slices.</summary>
    /// <exception cref="OrganSegException">Two volumes have one name.</exception>
    public static (IReadOnlyList<string> Volumes, IReadOnlyList<string> Slices) Part(IEnumerable<string> inputs)
    {
        var volumes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var slices = new List<string>();
        foreach (var input in inputs)
        {
            if (Directory.Exists(input))
            {
                var found = Directory.EnumerateFiles(Path.GetFullPath(input)).Where(IsVolume).ToList();
                found.ForEach(Add);
                if (found.Count == 0 || Directory.EnumerateFiles(input, "*.png").Any())
                {
                    slices.Add(input);
                }
            }
            else if (IsVolume(input) && File.Exists(input))
            {
                Add(Path.GetFullPath(input));
            }
            else
            {
                // What is missing or of another kind is told with the rest.
                slices.Add(input);
            }
        }

        return ([.. volumes.Values], slices);

        void Add(string file)
        {
            var name = Path.GetFileName(file);
            if (!volumes.TryAdd(name, file) && volumes[name] != file)
            {
                throw OrganSegException.Invalid(file, $"has the same name as {volumes[name]}; names must differ");
            }
        }
    }

    private static bool IsVolume(string file) =>
        Extensions.Any(extension => file.EndsWith(extension, StringComparison.OrdinalIgnoreCase));
}
