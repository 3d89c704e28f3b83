using OrganSeg.Storage;

namespace OrganSeg.Evaluator.Robustness;

/// <summary>What is swept: the same slices, perturbations and severities for every model, so that models can be compared.</summary>
/// <param name="Plan">How.</param>
/// <param name="Sample">A manifest of the chosen slices alone.</param>
/// <param name="Split">The side of the split they are on.</param>
/// <param name="Perturbations">What is done to them.</param>
internal sealed record RobustnessStudy(
    RobustnessPlan Plan, DatasetManifest Sample, string Split, IReadOnlyList<Perturbation> Perturbations)
{
    /// <summary>Slices at each severity.</summary>
    public int Slices => Sample.Cases.Sum(one => one.Slices.Count);

    /// <summary>How many slices one model predicts: all unperturbed once, and for every other severity.</summary>
    public long Predictions => (long)Slices * (1 + Perturbations.Sum(perturbation => perturbation.Severities.Count - 1));

    /// <summary>What the report says of it.</summary>
    public RobustnessInformation Information => new(Slices, Sample.Cases.Count, Plan.Seed, Plan.KeptShare);

    /// <summary>Chooses the slices and the series.</summary>
    public static RobustnessStudy Of(RobustnessPlan plan, DatasetManifest manifest, string split) => new(
        plan,
        SliceSample.Of(manifest, split, plan.MaxSlices),
        split,
        Robustness.Perturbations.For(GreyWindow.Of(manifest.Preprocessing)));
}
