using OrganSeg.Storage;

namespace OrganSeg.Evaluator.Robustness;

/// <summary>One way of making slices harder, at several severities.</summary>
/// <param name="Name">Such as <c>gaussian-noise</c>; gates name it.</param>
/// <param name="Unit">Of the severities, such as <c>grey levels</c>.</param>
/// <param name="Severities">Growing; the first is the one at which nothing changes.</param>
/// <param name="Change">Slice, severity and the slice's seed to the changed slice; pure.</param>
internal sealed record Perturbation(
    string Name, string Unit, IReadOnlyList<double> Severities, Func<DatasetSample, double, ulong, DatasetSample> Change)
{
    /// <summary>The slice at a level of the series; at level 0 the slice itself.</summary>
    /// <param name="sample">Image and labels; neither is written into.</param>
    /// <param name="level">Index of the severity.</param>
    /// <param name="runSeed">Of the sweep.</param>
    public DatasetSample Apply(DatasetSample sample, int level, ulong runSeed) => level == 0
        ? sample
        : Change(sample, Severities[level], NoiseRandom.SeedOf(runSeed, new(sample.Case, sample.Name)));
}
