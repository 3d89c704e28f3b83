namespace OrganSeg.Evaluator.Statistics;

/// <summary>An estimate with the limits of its confidence interval.</summary>
/// <param name="Estimate">Of the quantity, from all units; null when there is no unit in which it is defined.</param>
/// <param name="Low">Lower limit, or null when there is no interval.</param>
/// <param name="High">Upper limit, or null when there is no interval.</param>
/// <param name="Level">Nominal coverage, such as 0.95.</param>
/// <param name="Units">Number of independent units: patients (of a comparison: pairs).</param>
/// <param name="Method">How it was computed.</param>
/// <param name="Resamples">Number of bootstrap resamples; 0 for other methods.</param>
/// <param name="Seed">What the resamples followed from; null for other methods.</param>
internal sealed record ConfidenceInterval(
    double? Estimate,
    double? Low,
    double? High,
    double Level,
    int Units,
    IntervalMethod Method,
    int Resamples = 0,
    ulong? Seed = null)
{
    /// <summary>No interval, with or without an estimate.</summary>
    public static ConfidenceInterval Without(double? estimate, double level, int units) =>
        new(estimate, null, null, level, units, IntervalMethod.None);
}
