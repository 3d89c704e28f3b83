namespace OrganSeg.Evaluator.Figures;

/// <summary>Moves dots of like value beside one another, so that each is seen.</summary>
internal static class Swarm
{
    /// <summary>Steps to the side: 0 for a dot that touches no other, then 1, −1, 2, −2, …</summary>
    /// <param name="values">Of the dots.</param>
    /// <param name="diameter">Of a dot, in the values' unit.</param>
    /// <param name="most">Steps to either side; a dot that finds no room in them stays in the middle.</param>
    /// <returns>In the order of the values; the same values give the same steps.</returns>
    public static int[] Steps(IReadOnlyList<double> values, double diameter, int most)
    {
        var steps = new int[values.Count];
        var placed = new List<int>();
        foreach (var dot in Enumerable.Range(0, values.Count).OrderBy(i => values[i]))
        {
            var taken = placed.Where(other => values[dot] - values[other] < diameter).Select(other => steps[other]).ToHashSet();
            steps[dot] = Enumerable.Range(0, 2 * most + 1)
                .Select(i => i % 2 == 0 ? -i / 2 : (i + 1) / 2)
                .FirstOrDefault(step => !taken.Contains(step));
            placed.Add(dot);
        }

        return steps;
    }
}
