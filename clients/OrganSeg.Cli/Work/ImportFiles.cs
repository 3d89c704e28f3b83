using OrganSeg.Cli.Files;
using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>Finds the files of an import and pairs slices with label maps.</summary>
internal static class ImportFiles
{
    /// <summary>Slices, each followed by its label map, then the negatives.</summary>
    /// <exception cref="OrganSegException">A file is missing, has no label map or is named twice.</exception>
    public static IReadOnlyList<ImportFile> Collect(
        IEnumerable<string> sources, string? labelFolder, IReadOnlyCollection<string> negatives)
    {
        var labels = labelFolder is null ? new Dictionary<string, string>() : SliceFiles.Folder(labelFolder);
        var violations = new List<FieldViolation>();
        var files = new List<ImportFile>();
        var slices = SliceFiles.Collect(sources);
        foreach (var slice in slices)
        {
            var name = Path.GetFileName(slice);
            if (labels.TryGetValue(name, out var label))
            {
                files.Add(new ImportFile(FileRole.Image, slice));
                files.Add(new ImportFile(FileRole.Label, label));
            }
            else
            {
                violations.Add(new(name, labelFolder is null ? "has no label map: name their folder with --labels" : $"has no label map of the same name in {labelFolder}"));
            }
        }

        var taken = slices.Select(slice => Path.GetFileName(slice)).ToHashSet();
        foreach (var negative in negatives.Count == 0 ? [] : SliceFiles.Collect(negatives))
        {
            if (!taken.Add(Path.GetFileName(negative)))
            {
                violations.Add(new(negative, "is among the labelled slices too; names must differ"));
            }

            files.Add(new ImportFile(FileRole.Negative, negative));
        }

        return violations.Count > 0 ? throw new OrganSegException(violations) : files;
    }
}
