namespace OrganSeg.Cli.Files;

/// <summary>Label maps of one name: the reference, and each model's.</summary>
/// <param name="Name">File name; of volumes without extension.</param>
/// <param name="Reference">Full path.</param>
/// <param name="Predictions">Full paths, in the order of the models.</param>
internal sealed record LabelMaps(string Name, string Reference, IReadOnlyList<string> Predictions)
{
    private const string Png = ".png";

    private static readonly string[] Nifti = [".nii", ".nii.gz"];

    /// <summary>Whether these are volumes; else they are images.</summary>
    public bool IsVolume => !IsPng(Reference);

    /// <summary>Puts together the label maps of one name in several folders.</summary>
    /// <param name="references">Folder of PNG or NIfTI files.</param>
    /// <param name="predictions">Folders with the same names, one for each model.</param>
    /// <returns>Ordered by name.</returns>
    /// <exception cref="OrganSegException">A file has no counterpart, or PNG and NIfTI are mixed; all that is wrong is named.</exception>
    public static IReadOnlyList<LabelMaps> Collect(string references, IReadOnlyList<string> predictions)
    {
        var right = Folder(references);
        var left = predictions.Select(Folder).ToList();
        var violations = new List<FieldViolation>();
        for (var i = 0; i < left.Count; i++)
        {
            violations.AddRange(left[i].Where(file => !right.ContainsKey(file.Key)).Select(file => new FieldViolation(file.Value, $"has no counterpart in {references}")));
            violations.AddRange(right.Where(file => !left[i].ContainsKey(file.Key)).Select(file => new FieldViolation(file.Value, $"has no counterpart in {predictions[i]}")));
        }

        if (violations.Count > 0)
        {
            throw new OrganSegException(violations);
        }

        var all = right.Values.Concat(left.SelectMany(folder => folder.Values)).ToList();
        if (all.Any(IsPng) && !all.All(IsPng))
        {
            throw OrganSegException.Invalid(
                all.First(file => !IsPng(file)), $"is NIfTI and {Path.GetFileName(all.First(IsPng))} is PNG; score images and volumes apart");
        }

        return [.. right.Select(file => new LabelMaps(file.Key, file.Value, [.. left.Select(folder => folder[file.Key])]))];
    }

    /// <summary>Names of the models of folders: their last parts, or, where these are equal, all of what was given.</summary>
    public static IReadOnlyList<string> ModelsOf(IReadOnlyList<string> folders)
    {
        string[] names = [.. folders.Select(folder => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))))];
        return names.Distinct(StringComparer.Ordinal).Count() == names.Length ? names : folders;
    }

    private static SortedDictionary<string, string> Folder(string folder)
    {
        if (File.Exists(folder))
        {
            throw OrganSegException.Invalid(folder, "is a file; name the folder that holds the label maps");
        }

        if (!Directory.Exists(folder))
        {
            throw OrganSegException.Invalid(folder, "no such folder");
        }

        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(Path.GetFullPath(folder)).Order(StringComparer.Ordinal))
        {
            if (NameOf(file) is { } name && !files.TryAdd(name, file))
            {
                throw OrganSegException.Invalid(file, $"and {Path.GetFileName(files[name])} are label maps of one name; keep one of them");
            }
        }

        return files.Count > 0 ? files : throw OrganSegException.Invalid(folder, "holds no PNG and no NIfTI file");
    }

    /// <summary>A .nii and a .nii.gz of the same name are counterparts.</summary>
    private static string? NameOf(string file)
    {
        var name = Path.GetFileName(file);
        return IsPng(file) ? name
            : Nifti.Where(extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase)).Select(extension => name[..^extension.Length]).LastOrDefault();
    }

    private static bool IsPng(string file) => file.EndsWith(Png, StringComparison.OrdinalIgnoreCase);
}
