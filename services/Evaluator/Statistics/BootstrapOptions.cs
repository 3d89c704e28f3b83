namespace OrganSeg.Evaluator.Statistics;

/// <summary>How bootstrap intervals are made.</summary>
/// <param name="Seed">All resamples follow from it; it is recorded in the interval.</param>
internal sealed record BootstrapOptions(ulong Seed)
{
    /// <summary>
    /// Number of resamples. With 9999 both limits of a 95 % interval are order statistics, without interpolation, and
    /// another seed moves them by about a hundredth of the interval's length.
    /// </summary>
    public int Resamples { get; init; } = 9999;

    /// <summary>Nominal coverage.</summary>
    public double Level { get; init; } = 0.95;

    /// <summary>Checks the fields.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A field makes no interval.</exception>
    public void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Level, 0.5);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Level, 1);
        // Fewer, and the limits would be the outermost resamples.
        ArgumentOutOfRangeException.ThrowIfLessThan(Resamples, (int)Math.Ceiling(4 / (1 - Level)));
    }
}
