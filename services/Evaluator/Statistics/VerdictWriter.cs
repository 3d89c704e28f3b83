namespace OrganSeg.Evaluator.Statistics;

/// <summary>Puts a comparison into words.</summary>
internal static class VerdictWriter
{
    // Below this, only differences that are large for their spread come out: at 20 pairs a d_z of 0.66 has a power of 0.8.
    private const int SmallSample = 20;

    /// <param name="models">Who was compared.</param>
    /// <param name="mean">Mean difference, first minus second; its level gives the level of significance.</param>
    /// <param name="test">Null without a pair.</param>
    /// <param name="adjustedP">After correction; null when no claim may be made.</param>
    /// <param name="organs">Number of organs that were tested.</param>
    public static ComparisonVerdict Write(
        ComparedModels models, ConfidenceInterval mean, SignedRankResult? test, double? adjustedP, int organs)
    {
        var alpha = 1 - mean.Level;
        if (test is null || adjustedP is not { } p)
        {
            return new ComparisonVerdict(Outcome.TooFewPatients, TooFew(models, mean.Units), []);
        }

        var outcome = p > alpha ? Outcome.NoDifferenceShown
            : test.PositiveRanks > test.NegativeRanks ? Outcome.Better : Outcome.Worse;
        var difference = Difference(models, mean, p, organs);
        var sentence = outcome switch
        {
            Outcome.Better => $"{models.First} is better than {models.Second}: {difference}.",
            Outcome.Worse => $"{models.First} is worse than {models.Second}: {difference}.",
            _ => $"No difference between {models.First} and {models.Second} was shown: {difference}. "
                + "This does not show that they are equal.",
        };
        return new ComparisonVerdict(outcome, sentence, [.. Warnings(mean, test, outcome, alpha, organs)]);
    }

    private static string TooFew(ComparedModels models, int pairs)
    {
        var fewest = ModelComparison.FewestPairs;
        return pairs == 0
            ? $"No claim about {models.First} and {models.Second}: no patient has {models.Metric} of both; at least "
                + $"{fewest} patients are needed."
            : $"No claim about {models.First} and {models.Second}: {Patients(pairs)} {(pairs == 1 ? "is" : "are")} too few. With "
                + $"{(pairs == 1 ? "1 pair" : $"{pairs} pairs")} the smallest two-sided p there can be is "
                + $"2/2^{pairs} = {Math.Pow(2, 1 - pairs):0.####}; at least {fewest} patients are needed, so that it stays below "
                + "0.05 when four organs are tested.";
    }

    private static string Difference(ComparedModels models, ConfidenceInterval mean, double p, int organs)
    {
        var interval = mean.Low is { } low && mean.High is { } high
            ? $" ({mean.Level * 100:0.#} % interval {Signed(low)} to {Signed(high)})" : "";
        var corrected = organs > 1 ? $", Holm-corrected over {organs} organs" : "";
        var shownP = p < 0.001 ? "p < 0.001" : $"p = {p:0.000}";
        return $"mean difference of {models.Metric} {Signed(mean.Estimate ?? 0)}{interval} over {Patients(mean.Units)}, "
            + $"{shownP} (Wilcoxon signed-rank test{corrected})";
    }

    private static IEnumerable<string> Warnings(
        ConfidenceInterval mean, SignedRankResult test, Outcome outcome, double alpha, int organs)
    {
        var smallest = Math.Pow(2, 1 - (test.Pairs - test.Zeros));
        if (smallest * organs > alpha)
        {
            yield return $"The models differ in only {Patients(test.Pairs - test.Zeros)}: even if all of them agreed, p could "
                + $"not come below {Math.Min(1, smallest * organs):0.####} after the correction, so no difference could have been shown.";
        }
        else if (test.Pairs < SmallSample)
        {
            yield return outcome == Outcome.NoDifferenceShown
                ? $"{Patients(test.Pairs)} show only differences that are large for their spread; a smaller one would have been missed."
                : $"{Patients(test.Pairs)} are few: the size of the difference is known only roughly, and is overestimated more "
                    + "often than not when a claim rests on a small sample.";
        }

        // The test asks about ranks and the interval about the mean; a few large differences can part them.
        if (outcome != Outcome.NoDifferenceShown && mean.Low <= 0 && mean.High >= 0)
        {
            yield return "The interval of the mean difference includes zero: most patients differ in one direction, but a few "
                + "differ much in the other.";
        }
    }

    private static string Signed(double value) => value.ToString("+0.0000;\u22120.0000;0.0000");

    private static string Patients(int count) => count == 1 ? "1 patient" : $"{count} patients";
}
