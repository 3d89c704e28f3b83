using MathNet.Numerics.Statistics;

namespace OrganSeg.Evaluator.Statistics;

/// <summary>Compares two models on the same patients, organ by organ.</summary>
internal static class ModelComparison
{
    /// <summary>
    /// Fewest patients of a claim. With n pairs the smallest two-sided p there can be is 2/2ⁿ; times four organs it comes
    /// below 0.05 from n = 8 on, and not with 7.
    /// </summary>
    public const int FewestPairs = 8;

    /// <param name="models">Who is compared.</param>
    /// <param name="organs">Scores by organ.</param>
    /// <param name="options">Seed, resamples, and the level, whose complement is the level of significance.</param>
    /// <returns>The organs, in the order given.</returns>
    /// <exception cref="ArgumentException">A score is not finite.</exception>
    public static IReadOnlyList<OrganComparison> Compare(
        ComparedModels models, IReadOnlyList<PairedScores> organs, BootstrapOptions options)
    {
        double[][] differences = [.. organs.Select(organ => organ.Pairs.Select(pair => pair.First - pair.Second).ToArray())];
        SignedRankResult?[] tests = [.. differences.Select(d => d.Length == 0 ? null : SignedRank.Test(d))];
        // An organ that no claim is made of takes no share of the others' chances.
        int[] tested = [.. Enumerable.Range(0, organs.Count).Where(i => differences[i].Length >= FewestPairs)];
        var adjusted = Holm.Adjust([.. tested.Select(i => tests[i]!.P)]);
        var result = new List<OrganComparison>();
        for (var i = 0; i < organs.Count; i++)
        {
            var position = Array.IndexOf(tested, i);
            double? adjustedP = position < 0 ? null : adjusted[position];
            var mean = Bootstrap.OfMean(differences[i], models.Bounds, options);
            result.Add(new OrganComparison(
                organs[i].Organ,
                differences[i].Length,
                mean,
                SignedRank.HodgesLehmann(differences[i], options.Level),
                tests[i],
                differences[i].Length == 0 ? null : PairedPermutation.Test(differences[i], options.Seed),
                adjustedP,
                CohenDz(differences[i]),
                VerdictWriter.Write(models, mean, tests[i], adjustedP, tested.Length)));
        }

        return result;
    }

    private static double? CohenDz(double[] differences)
    {
        var deviation = differences.Length < 2 ? 0 : differences.StandardDeviation();
        return deviation > 1e-12 * differences.Select(Math.Abs).DefaultIfEmpty().Max() ? differences.Average() / deviation : null;
    }
}
