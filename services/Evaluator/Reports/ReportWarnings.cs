using OrganSeg.Storage;

namespace OrganSeg.Evaluator.Reports;

/// <summary>What makes scores look better, or mean less, than they seem.</summary>
internal static class ReportWarnings
{
    private const int FewPatients = 8;
    private const int MostNamed = 5;

    /// <param name="split">What was evaluated; null for label maps of other origin.</param>
    /// <param name="models">The evaluated versions.</param>
    /// <param name="patients">Number of patients.</param>
    public static IReadOnlyList<ReportWarning> Of(EvaluatedSplit? split, IReadOnlyList<ScoredModel> models, int patients)
    {
        var warnings = new List<ReportWarning>();
        if (split is not null)
        {
            if (split.Manifest.Split.Leaky)
            {
                warnings.Add(new ReportWarning(
                    "leaky-split",
                    ReportWarning.Serious,
                    null,
                    $"Dataset {split.Manifest.Dataset}@{split.Manifest.Version} is split by "
                    + $"{split.Manifest.Split.Policy}, " + (split.Manifest.Split.LeakageOverride is { } reason
                        ? $"and was sealed although it leaks, so scores may be inflated. {reason}"
                        : "and slices of one patient are on more than one side. Neighbouring "
                            + "slices are nearly equal, so every score is inflated. Split by patient instead.")));
            }

            if (split.NearDuplicates?.Warning() is { } duplicates)
            {
                warnings.Add(duplicates);
            }

            foreach (var document in models.Select(model => model.Document).OfType<ModelDocument>())
            {
                warnings.AddRange(Of(document, split));
            }
        }
        else
        {
            warnings.Add(new ReportWarning(
                "unknown-origin",
                ReportWarning.Note,
                null,
                "The label maps were given as files: nothing is known of how they were made, nor whether their model was "
                + "trained on these cases."));
        }

        if (patients < FewPatients)
        {
            var those = patients == 1 ? "1 patient was" : $"{patients} patients were";
            warnings.Add(new ReportWarning(
                "few-patients",
                ReportWarning.Note,
                null,
                $"Only {those} evaluated. The scores describe them and allow no conclusion about other patients."));
        }

        return [.. warnings.OrderBy(warning => warning.Severity == ReportWarning.Serious ? 0 : 1)];
    }

    private static IEnumerable<ReportWarning> Of(ModelDocument model, EvaluatedSplit split)
    {
        var title = $"{model.Model}@{model.Version}";
        var overlap = model.TrainingCases.Where(split.SlicesByCase.ContainsKey).Distinct().Order(StringComparer.Ordinal).ToList();
        if (overlap.Count > 0)
        {
            var named = string.Join(", ", overlap.Take(MostNamed)) + (overlap.Count > MostNamed ? ", …" : "");
            yield return new ReportWarning(
                "trained-on-evaluated-cases",
                ReportWarning.Serious,
                title,
                $"{title} was trained on {overlap.Count} of the {split.SlicesByCase.Count} evaluated cases ({named}). "
                + "Its scores measure memory, not performance on new patients.");
        }
        else if (model.TrainingCases.Count == 0)
        {
            yield return new ReportWarning(
                "unknown-training-cases",
                ReportWarning.Note,
                title,
                $"{title} does not say which cases it was trained on, so training on evaluated cases cannot be ruled out.");
        }

        if (model.Leaky)
        {
            yield return new ReportWarning(
                "leaky-training",
                ReportWarning.Serious,
                title,
                $"{title} was trained on a split with slices of one patient on more than one side: it knows "
                + "patients of every side, and where a validation score chose what was kept, that score was inflated.");
        }

        if (model.Preprocessing.Size != split.Manifest.Size)
        {
            yield return new ReportWarning(
                "resampled",
                ReportWarning.Note,
                title,
                $"{title} works at {model.Preprocessing.Size}² pixels, the dataset has {split.Manifest.Size}²; its input "
                + "and output were resampled.");
        }
    }
}
