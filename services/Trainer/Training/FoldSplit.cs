using OrganSeg.Storage;
using OrganSeg.Trainer.Runs;
using OrganSeg.Trainer.Specifications;

namespace OrganSeg.Trainer.Training;

/// <summary>
/// Divides the patients of a dataset's train and validation splits into folds: into those the dataset was sealed with where there
/// are as many, else into folds of about as many slices each. Which fold a patient is in follows from dataset, number of folds and
/// seed alone. The test split is left as it is.
/// </summary>
internal static class FoldSplit
{
    // Apart from what else is drawn from the seed.
    private const ulong Key = 0x666F6C6473;

    /// <summary>Patients that can be divided: those with slices outside the test split.</summary>
    public static int Patients(DatasetManifest manifest) => CasesOfPatients(manifest).Length;

    /// <summary>For each case the fold it is validated in, 1 for the first, or 0 for a case of the test split only.</summary>
    /// <exception cref="OrganSegException">Invalid: fewer patients than folds.</exception>
    public static int[] Assign(DatasetManifest manifest, int folds, ulong seed)
    {
        if (Patients(manifest) < folds)
        {
            throw new OrganSegException([TooMany(manifest, folds)]);
        }

        if (manifest.Split.Folds == folds)
        {
            return [.. manifest.Cases.Select(one => one.Fold ?? 0)];
        }

        var patients = CasesOfPatients(manifest);
        int[] order = [.. Enumerable.Range(0, patients.Length)];
        new SeededRandom(seed, Key).Shuffle(order);

        // Large ones first, each to the fold with the fewest slices, so that the small ones even out what is left. The first
        // go to a fold of their own, since every one has a slice.
        var fold = new int[manifest.Cases.Count];
        var filled = new int[folds];
        foreach (var patient in order.Select(i => patients[i]).OrderByDescending(cases => cases.Sum(i => Slices(manifest.Cases[i]))))
        {
            var least = Array.IndexOf(filled, filled.Min());
            foreach (var i in patient)
            {
                filled[least] += Slices(manifest.Cases[i]);
                fold[i] = least + 1;
            }
        }

        return fold;
    }

    /// <summary>What is wrong with so many folds.</summary>
    public static FieldViolation TooMany(DatasetManifest manifest, int folds) => new(
        "settings.folds",
        $"{folds} folds need as many patients; {manifest.Reference} has {Patients(manifest)} in its train and validation splits");

    /// <summary>
    /// The dataset as a run sees it: for a fold, with the splits that the fold makes of it; for any other run as it is.
    /// </summary>
    public static DatasetManifest View(DatasetManifest manifest, RunSpecification spec) =>
        spec is { Folds: { } folds, Fold: { } fold } ? View(manifest, folds, fold, spec.Seed) : manifest;

    /// <summary>The dataset with the splits of a fold.</summary>
    public static DatasetManifest View(DatasetManifest manifest, int folds, int fold, ulong seed)
    {
        var assigned = Assign(manifest, folds, seed);
        return manifest with
        {
            // Whole patients change sides, so that only what the dataset did with its test split can leak, and patients that are
            // nearly equal.
            Split = manifest.Split with
            {
                Leaky = manifest.Split.NearDuplicates > 0 || HasPatientOnBothSides(manifest),
            },
            Cases = [.. manifest.Cases.Zip(assigned, (one, of) => one with
            {
                Slices = [.. one.Slices.Select(slice => IsDivided(slice)
                    ? slice with { Split = of == fold ? Splits.Validation : Splits.Train }
                    : slice)],
            })],
        };
    }

    /// <summary>Whether a patient has slices that are divided and others in the test split.</summary>
    private static bool HasPatientOnBothSides(DatasetManifest manifest) => manifest.Cases
        .GroupBy(PatientOf, StringComparer.Ordinal)
        .Any(cases => cases.Sum(Slices) is > 0 and var divided && divided < cases.Sum(one => one.Slices.Count));

    /// <summary>Places of the cases of each patient that can be divided.</summary>
    private static int[][] CasesOfPatients(DatasetManifest manifest) =>
        [.. Enumerable.Range(0, manifest.Cases.Count)
            .Where(i => Slices(manifest.Cases[i]) > 0)
            .GroupBy(i => PatientOf(manifest.Cases[i]), StringComparer.Ordinal)
            .Select(cases => cases.ToArray())];

    private static string PatientOf(DatasetCase one) => one.Patient ?? one.Case;

    private static int Slices(DatasetCase one) => one.Slices.Count(IsDivided);

    private static bool IsDivided(DatasetSlice slice) => slice.Split is Splits.Train or Splits.Validation;
}
