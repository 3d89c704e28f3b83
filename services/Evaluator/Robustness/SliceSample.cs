using OrganSeg.Storage;

namespace OrganSeg.Evaluator.Robustness;

/// <summary>A few slices that stand for a side of a split.</summary>
internal static class SliceSample
{
    /// <summary>
    /// A manifest with nothing but the chosen slices: every patient gives the same number, as far as there are so many, and
    /// gives them evenly spaced from its first slice to its last. Where there are more patients than slices, evenly spaced
    /// patients give their middle one.
    /// </summary>
    /// <param name="manifest">The dataset.</param>
    /// <param name="split">The side.</param>
    /// <param name="most">Most slices; 0 for all.</param>
    public static DatasetManifest Of(DatasetManifest manifest, string split, int most)
    {
        var cases = manifest.Cases
            .Select(one => one with { Slices = [.. one.Slices.Where(slice => slice.Split == split)] })
            .Where(one => one.Slices.Count > 0)
            .ToList();
        var wanted = Quotas([.. cases.Select(one => one.Slices.Count)], most);
        return manifest with
        {
            Cases = [.. cases
                .Select((one, i) => one with { Slices = [.. Spread(one.Slices.Count, wanted[i]).Select(s => one.Slices[s])] })
                .Where(one => one.Slices.Count > 0)],
        };
    }

    private static int[] Quotas(int[] slices, int most)
    {
        if (most == 0 || most >= slices.Sum())
        {
            return slices;
        }

        var quotas = new int[slices.Length];
        if (most <= slices.Length)
        {
            foreach (var chosen in Spread(slices.Length, most))
            {
                quotas[chosen] = 1;
            }

            return quotas;
        }

        for (var i = 0; most > 0; i = (i + 1) % slices.Length)
        {
            if (quotas[i] < slices[i])
            {
                quotas[i]++;
                most--;
            }
        }

        return quotas;
    }

    /// <summary>The middles of equal parts.</summary>
    private static IEnumerable<int> Spread(int count, int wanted) =>
        Enumerable.Range(0, wanted).Select(i => (int)(((2L * i) + 1) * count / (2L * wanted)));
}
