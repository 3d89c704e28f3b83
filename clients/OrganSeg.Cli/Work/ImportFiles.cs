using OrganSeg.Cli.Files;
using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>Finds the files of an import and pairs slices and volumes with label maps.</summary>
internal static class ImportFiles
{
    /// <summary>Slices and volumes, each followed by its label map, then the negatives.</summary>
    /// <param name="sources">Files and folders.</param>
    /// <param name="labelFolder">Folder or archive of label maps; null for none.</param>
    /// <param name="negatives">Files and folders without organs.</param>
    /// <param name="imagesElsewhere">Whether label maps may be of images that are not among the sources.</param>
    /// <exception cref="OrganSegException">A file is missing, has no label map or is named twice.</exception>
    public static IReadOnlyList<ImportFile> Collect(
        IEnumerable<string> sources, string? labelFolder, IReadOnlyCollection<string> negatives, bool imagesElsewhere = false)
    {
        var violations = new List<FieldViolation>();
        var files = new List<ImportFile>();
        var (volumes, others) = ImportSources.Part(sources);
        var slices = others.Count > 0 ? SliceFiles.Collect(others) : [];
        var labels = ImportLabels.In(labelFolder);
        foreach (var slice in slices)
        {
            Add([new ImportFile(FileRole.Image, slice)], labels.OfSlice(slice), Path.GetFileName(slice));
        }

        foreach (var volume in volumes)
        {
            Add(volume.ToFiles(FileRole.Image), labels.OfVolume(volume.Stem), volume.Name, mayHoldLabels: volume.IsArchive);
        }

        // Archives may hold the volumes of the other labels; the service knows.
        foreach (var label in labels.Left())
        {
            if (imagesElsewhere || labels.IsArchive || volumes.Any(volume => volume.IsArchive))
            {
                AddLabel(label);
            }
            else
            {
                violations.Add(new(Path.GetFileName(label), "is a label volume without image; name the volume of the same name, too, or take it out of the folder"));
            }
        }

        AddNegatives(slices.Select(slice => Path.GetFileName(slice)).Concat(volumes.Select(volume => volume.Name)));
        return violations.Count > 0 ? throw new OrganSegException(violations) : files;

        void Add(IEnumerable<ImportFile> image, string? label, string name, bool mayHoldLabels = false)
        {
            if (label is null && !mayHoldLabels && !labels.IsArchive)
            {
                violations.Add(new(name, labelFolder is null ? "has no label map: name their folder with --labels" : $"has no label map of the same name in {labelFolder}"));
                return;
            }

            files.AddRange(image);
            if (label is not null)
            {
                AddLabel(label);
            }
        }

        void AddLabel(string label) => files.AddRange(NiftiPair.FilesOf(label).Select(file => new ImportFile(FileRole.Label, file)));

        void AddNegatives(IEnumerable<string> labelled)
        {
            var taken = labelled.ToHashSet();
            var (empty, folders) = ImportSources.Part(negatives);
            List<ImportFile> found =
            [
                .. (folders.Count > 0 ? SliceFiles.Collect(folders) : []).Select(slice => new ImportFile(FileRole.Negative, slice)),
                .. empty.SelectMany(volume => volume.ToFiles(FileRole.Negative)),
            ];
            foreach (var negative in found)
            {
                if (!taken.Add(negative.Name))
                {
                    violations.Add(new(negative.Path, "is among the labelled slices too; names must differ"));
                }

                files.Add(negative);
            }
        }
    }
}
