namespace OrganSeg.Evaluator.Statistics;

/// <summary>
/// Correction for testing several organs (S. Holm, Scandinavian Journal of Statistics 6, 1979): the chance of even one
/// false claim among all stays below the level, whatever the organs have to do with each other.
/// </summary>
internal static class Holm
{
    /// <summary>
    /// Adjusted p values, in the order given: the k-th smallest of m times m − k + 1, never falling, at most 1.
    /// </summary>
    /// <exception cref="ArgumentException">A value is not in 0…1.</exception>
    public static IReadOnlyList<double> Adjust(IReadOnlyList<double> pValues)
    {
        if (pValues.Any(p => !(p is >= 0 and <= 1)))
        {
            throw new ArgumentException("p values lie in 0…1.", nameof(pValues));
        }

        var order = Enumerable.Range(0, pValues.Count).OrderBy(i => pValues[i]).ToArray();
        var adjusted = new double[pValues.Count];
        var floor = 0.0;
        for (var k = 0; k < order.Length; k++)
        {
            floor = Math.Max(floor, Math.Min(1, (order.Length - k) * pValues[order[k]]));
            adjusted[order[k]] = floor;
        }

        return adjusted;
    }
}
