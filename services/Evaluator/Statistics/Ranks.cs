namespace OrganSeg.Evaluator.Statistics;

/// <summary>Ranks of values.</summary>
internal static class Ranks
{
    /// <summary>Ranks from 1; values that are equal share the mean of their ranks.</summary>
    /// <returns>One rank a value, and the sizes of the groups of equal values, in ascending order of the values.</returns>
    public static (double[] Ranks, IReadOnlyList<int> Ties) Of(ReadOnlySpan<double> values)
    {
        var sorted = values.ToArray();
        var order = Enumerable.Range(0, sorted.Length).ToArray();
        Array.Sort(sorted, order);
        var ranks = new double[sorted.Length];
        var ties = new List<int>();
        for (var first = 0; first < sorted.Length;)
        {
            var last = first;
            while (last + 1 < sorted.Length && sorted[last + 1] == sorted[first])
            {
                last++;
            }

            for (var i = first; i <= last; i++)
            {
                ranks[order[i]] = (first + last) / 2.0 + 1;
            }

            ties.Add(last - first + 1);
            first = last + 1;
        }

        return (ranks, ties);
    }
}
