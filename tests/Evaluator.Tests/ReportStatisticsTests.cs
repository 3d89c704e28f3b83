using OrganSeg.Evaluator.Metrics;
using OrganSeg.Evaluator.Reports;
using OrganSeg.Evaluator.Statistics;
using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Tests;

/// <summary>What a report says of intervals and comparisons, from label maps made by hand.</summary>
public sealed class ReportStatisticsTests
{
    private static readonly LabelSchema OneOrgan = new([new LabelClass(0, "background"), new LabelClass(1, "liver")]);

    [Fact]
    public void WithIntervals_Estimates_AreTheReportsOwnNumbers()
    {
        var organ = Assert.Single(ReportStatistics.WithIntervals(Scored(10, patient => patient % 5)));

        Assert.Equal(organ.Pooled.F1!.Value, organ.Intervals!.Pooled.Estimate!.Value, 1e-12);
        Assert.Equal(organ.PerPatient.F1!.Value, organ.Intervals.PerPatient.Estimate!.Value, 1e-12);
        Assert.Equal((10, IntervalMethod.BootstrapT), (organ.Intervals.PerPatient.Units, organ.Intervals.PerPatient.Method));
        Assert.InRange(organ.PerPatient.F1.Value, organ.Intervals.PerPatient.Low!.Value, organ.Intervals.PerPatient.High!.Value);
        Assert.NotNull(organ.Intervals.PerPatient.Seed);
    }

    // Of ten reference pixels a patient has lost 0…4: F1 = 2·(10 − m)/(20 − m).
    [Fact]
    public void WithIntervals_Patients_AreNamedAndScored()
    {
        var organ = Assert.Single(ReportStatistics.WithIntervals(Scored(3, patient => patient)));

        Assert.Equal(["p00", "p01", "p02"], organ.Patients.Select(patient => patient.Patient));
        Assert.Equal([1, 18.0 / 19, 16.0 / 18], organ.Patients.Select(patient => patient.F1!.Value));
        Assert.All(organ.Patients, patient => Assert.Equal(1, patient.Precision));
        Assert.Equal([1, 0.9, 0.8], organ.Patients.Select(patient => patient.Recall!.Value));
    }

    [Fact]
    public void Compare_FirstBetterInEveryOfTenPatients_SaysSo()
    {
        var better = Model("better", Scored(10, patient => patient % 2));
        var worse = Model("worse", Scored(10, patient => 3 + (patient % 3)));

        var pair = Assert.Single(ReportStatistics.Compare([better, worse], "skip"));

        var organ = Assert.Single(pair.Organs);
        Assert.Equal(("better", "worse", 10), (pair.First, pair.Second, organ.Pairs));
        Assert.Equal(Outcome.Better, organ.Verdict.Outcome);
        // The smallest p that ten pairs can give: 2/2¹⁰.
        Assert.Equal(2 / 1024.0, organ.SignedRank!.P, 1e-12);
        Assert.Equal(Outcome.Worse, ReportStatistics.Compare([worse, better], "skip")[0].Organs[0].Verdict.Outcome);
    }

    [Fact]
    public void Compare_SevenPatients_NoClaimHoweverClear()
    {
        var pair = ReportStatistics.Compare([Model("a", Scored(7, _ => 0)), Model("b", Scored(7, patient => 4 + (patient % 2)))], "skip")[0];

        Assert.Equal(Outcome.TooFewPatients, pair.Organs[0].Verdict.Outcome);
        Assert.Null(pair.Organs[0].AdjustedP);
    }

    [Fact]
    public void Compare_ThreeModels_EveryPairOnce()
    {
        ModelReport[] models = [.. new[] { "a", "b", "c" }.Select(name => Model(name, Scored(8, patient => patient % 3)))];

        Assert.Equal([("a", "b"), ("a", "c"), ("b", "c")], ReportStatistics.Compare(models, "skip").Select(pair => (pair.First, pair.Second)));
        Assert.Empty(ReportStatistics.Compare(models[..1], "zero"));
    }

    // By hand, per image: precision 1 and 1/2, recall 1/2 and 1, F1 2/3 both. The means of the first two are 3/4, whose
    // harmonic mean is 3/4 too: 1/12 above the mean F1.
    [Fact]
    public void AveragingWarnings_MeansThatPart_AreTold()
    {
        var scorer = Scorers.Of(OneOrgan);
        scorer.Add(OneOrgan, new SliceId("p", "a"), Row(1, 1, 0, 0), Row(1, 0, 0, 0));
        scorer.Add(OneOrgan, new SliceId("p", "b"), Row(1, 0, 0, 0), Row(1, 1, 0, 0));

        var warning = Assert.Single(AveragingWarnings.Of([Model("m", scorer)]));

        Assert.Contains("0.0833 (liver, per image)", warning.Message);
        Assert.Empty(AveragingWarnings.Of([Model("m", Scored(1, _ => 2))]));
    }

    /// <summary>Patients of one image with ten pixels of the organ, of which some are missed.</summary>
    private static Scorer Scored(int patients, Func<int, int> missed)
    {
        var scorer = Scorers.Of(OneOrgan);
        // In another order than that of the names.
        foreach (var patient in Enumerable.Range(0, patients).Reverse())
        {
            var found = Enumerable.Range(0, 12).Select(i => i < 10 - missed(patient) ? 1 : 0);
            scorer.Add(OneOrgan, new SliceId($"p{patient:00}", "s"), Row([.. Enumerable.Repeat(1, 10), 0, 0]), Row([.. found]));
        }

        return scorer;
    }

    private static ByteImage Row(params int[] labels) => new(labels.Length, 1, Array.ConvertAll(labels, label => (byte)label));

    private static ModelReport Model(string name, Scorer scorer)
    {
        var organs = ReportStatistics.WithIntervals(scorer);
        return new ModelReport(name, null, null, null, null, organs, MeanF1OverOrgans.Of(organs), new ConfusionReport([], "", "", []));
    }
}
