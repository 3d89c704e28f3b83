using OrganSeg.Evaluator.Statistics;

namespace OrganSeg.Evaluator.Tests.Statistics;

public sealed class ModelComparisonTests
{
    private static readonly BootstrapOptions Options = new(Seed: 1);

    private static readonly ComparedModels Models = new("new@2", "old@1", "F1", Bounds.UnitDifference);

    [Fact]
    public void Compare_TwelvePatients_BetterAndInWords()
    {
        var organ = Assert.Single(ModelComparison.Compare(Models, [Pairs("liver", Samples.First, Samples.Second)], Options));

        // scipy.stats.wilcoxon: 0.00341796875; mean over standard deviation (ddof 1) by NumPy.
        Assert.Equal(0.00341796875, organ.AdjustedP!.Value, 1e-9);
        Assert.Equal(1.1807220919323886, organ.CohenDz!.Value, 1e-9);
        Assert.Equal(Outcome.Better, organ.Verdict.Outcome);
        Assert.StartsWith("new@2 is better than old@1: mean difference of F1 +0.0101 (95 % interval +0.00", organ.Verdict.Sentence);
        Assert.EndsWith("over 12 patients, p = 0.003 (Wilcoxon signed-rank test).", organ.Verdict.Sentence);
        Assert.StartsWith("12 patients are few", Assert.Single(organ.Verdict.Warnings));
    }

    [Fact]
    public void Compare_ModelsSwapped_WorseByTheSame()
    {
        var organ = ModelComparison.Compare(Models, [Pairs("liver", Samples.Second, Samples.First)], Options)[0];

        Assert.Equal(Outcome.Worse, organ.Verdict.Outcome);
        Assert.Contains("−0.0101", organ.Verdict.Sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "no patient has F1 of both")]
    [InlineData(1, "1 patient is too few. With 1 pair the smallest two-sided p there can be is 2/2^1 = 1;")]
    [InlineData(5, "5 patients are too few. With 5 pairs the smallest two-sided p there can be is 2/2^5 = 0.0625;")]
    [InlineData(7, "7 patients are too few. With 7 pairs the smallest two-sided p there can be is 2/2^7 = 0.0156;")]
    public void Compare_FewerThanEight_RefusedAndSaysWhy(int patients, string why)
    {
        var organ = ModelComparison.Compare(
            Models, [Pairs("liver", [.. Enumerable.Repeat(0.9, patients)], [.. Steps(patients)])], Options)[0];

        Assert.Equal((Outcome.TooFewPatients, null), (organ.Verdict.Outcome, organ.AdjustedP));
        Assert.Contains(why, organ.Verdict.Sentence, StringComparison.Ordinal);
    }

    // Four organs, each better in all 8 patients: p = 2/256, and 4·2/256 = 0.03125 is the reason for 8.
    [Fact]
    public void Compare_EightPatientsFourOrgans_AClaimIsPossible()
    {
        var organs = ModelComparison.Compare(
            Models, [.. "abcd".Select(name => Pairs($"{name}", [.. Enumerable.Repeat(0.9, 8)], [.. Steps(8)]))], Options);

        Assert.All(organs, organ => Assert.Equal((0.03125, Outcome.Better), (organ.AdjustedP, organ.Verdict.Outcome)));
        Assert.Contains("Holm-corrected over 4 organs", organs[0].Verdict.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_OrganWithTooFew_TakesNoShareOfTheCorrection()
    {
        var organs = ModelComparison.Compare(
            Models, [Pairs("liver", Samples.First, Samples.Second), Pairs("pancreas", [0.5, 0.6], [0.4, 0.7])], Options);

        Assert.Equal(0.00341796875, organs[0].AdjustedP!.Value, 1e-9);
        Assert.Equal(Outcome.TooFewPatients, organs[1].Verdict.Outcome);
    }

    [Fact]
    public void Compare_EqualModels_NoDifferenceShownWhichIsNotEquality()
    {
        var organ = ModelComparison.Compare(Models, [Pairs("liver", Samples.First, Samples.First)], Options)[0];

        Assert.Equal((Outcome.NoDifferenceShown, 1.0, null), (organ.Verdict.Outcome, organ.AdjustedP, organ.CohenDz));
        Assert.Contains("This does not show that they are equal.", organ.Verdict.Sentence, StringComparison.Ordinal);
        Assert.Contains("differ in only 0 patients", Assert.Single(organ.Verdict.Warnings), StringComparison.Ordinal);
    }

    // Holm 1979 by NumPy: sorted p times 5, 4, 3, 2, 1, then the running maximum.
    [Fact]
    public void Adjust_FivePValues_SameAsNumPy()
    {
        var adjusted = Holm.Adjust([0.012, 0.03, 0.005, 0.2, 0.04]);

        Assert.Equal([0.048, 0.09, 0.025, 0.2, 0.09], adjusted.Select(p => Math.Round(p, 12)));
        Assert.Empty(Holm.Adjust([]));
        Assert.Throws<ArgumentException>(() => Holm.Adjust([1.1]));
    }

    private static IEnumerable<double> Steps(int count) => Enumerable.Range(1, count).Select(i => 0.9 - i / 100.0);

    private static PairedScores Pairs(string organ, double[] first, double[] second) => new(organ, [.. first.Zip(second)]);
}
