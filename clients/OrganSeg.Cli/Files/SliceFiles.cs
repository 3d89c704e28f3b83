namespace OrganSeg.Cli.Files;

/// <summary>The PNG files that a user names.</summary>
internal static class SliceFiles
{
    private const string Extension = ".png";

    /// <summary>Collects PNG files and those directly inside folders, ordered by name.</summary>
    /// <param name="inputs">PNG files and folders.</param>
    /// <returns>Full paths whose file names differ.</returns>
    /// <exception cref="OrganSegException">Something is missing, is no PNG, holds none, or two files have one name;
    /// everything that is wrong is told at once.</exception>
    public static IReadOnlyList<string> Collect(IEnumerable<string> inputs)
    {
        var violations = new List<FieldViolation>();
        var files = new SortedDictionary<string, string>(NameComparer);
        foreach (var input in inputs)
        {
            foreach (var file in Expand(input, violations))
            {
                var name = Path.GetFileName(file);
                if (!files.TryAdd(name, file) && files[name] != file)
                {
                    violations.Add(new(file, $"has the same name as {files[name]}; names must differ"));
                }
            }
        }

        return violations.Count > 0 ? throw new OrganSegException(violations) : [.. files.Values];
    }

    /// <summary>The PNG files of a folder by file name.</summary>
    /// <exception cref="OrganSegException">The folder is missing or holds no PNG.</exception>
    public static IReadOnlyDictionary<string, string> Folder(string folder)
    {
        if (File.Exists(folder))
        {
            throw OrganSegException.Invalid(folder, "is a file; name the folder that holds the PNG files");
        }

        return Collect([folder]).ToDictionary(file => Path.GetFileName(file), NameComparer);
    }

    /// <summary>How this system's file names differ.</summary>
    private static StringComparer NameComparer =>
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    private static List<string> Expand(string input, List<FieldViolation> violations)
    {
        if (File.Exists(input))
        {
            if (IsPng(input))
            {
                return [Path.GetFullPath(input)];
            }

            violations.Add(new(input, "is not a PNG file; name PNG slices or folders of them"));
            return [];
        }

        if (!Directory.Exists(input))
        {
            violations.Add(new(input, "no such file or folder"));
            return [];
        }

        var files = Directory.EnumerateFiles(Path.GetFullPath(input)).Where(IsPng).ToList();
        if (files.Count == 0)
        {
            violations.Add(new(input, "holds no PNG file"));
        }

        return files;
    }

    private static bool IsPng(string file) => file.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);
}
