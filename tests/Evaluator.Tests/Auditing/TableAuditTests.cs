using FsCheck;
using FsCheck.Fluent;
using OrganSeg.Evaluator.Auditing;
using OrganSeg.Evaluator.Metrics;
using OrganSeg.Evaluator.Surfaces;

namespace OrganSeg.Evaluator.Tests.Auditing;

public sealed class TableAuditTests
{
    /// <summary>Table I of the OrganSegNet paper.</summary>
    public const string TableOne = """
        model,organ,precision,recall,f1
        DeepLabV3,liver,.979213,.983409,.981286
        DeepLabV3,kidney,.945063,.965652,.955228
        DeepLabV3,spleen,.891595,.894262,.892877
        DeepLabV3,pancreas,.857226,.888000,.870641
        OrganSegNet,liver,.998897,.998488,.998692
        OrganSegNet,kidney,.986330,.990620,.988471
        OrganSegNet,spleen,.975454,.982471,.978950
        OrganSegNet,pancreas,.972135,.990156,.981063
        """;

    // 2PR/(P+R) of the printed digits by Python's decimal; the differences of OrganSegNet are at most 6.6e-7, and rounding at
    // the sixth decimal explains 1e-6.
    [Fact]
    public void Check_TableOne_FlagsEveryRowOfDeepLabAndNoneOfOrganSegNet()
    {
        var audit = TableAudit.Check(PrintedTable.Parse(TableOne, "table1.csv"));

        Assert.Equal(4, audit.Flagged);
        Assert.All(audit.Rows, row => Assert.Equal(row.Row.Model == "DeepLabV3", row.Status == RowStatus.Inconsistent));
        decimal[] differences = [-0.000020515m, -0.000018571m, -0.000049509m, -0.001700677m, -0.000000458m, 0.000000655m, 0.000000074m, 0.000000249m];
        Assert.Equal(differences, audit.Rows.Select(row => Math.Round(row.Difference!.Value, 9)));
        Assert.Contains("F1 .870641 is 0.00170068 below 2PR/(P+R) = 0.87234168", audit.Rows[3].Explanation, StringComparison.Ordinal);
        Assert.Contains("macro-average", audit.Rows[3].Explanation, StringComparison.Ordinal);
        Assert.Equal("DeepLabV3: 4 of 4 rows are not 2PR/(P+R) of one count.", audit.Findings[0]);
        Assert.Contains("may not compare like with like", audit.Findings[1], StringComparison.Ordinal);
    }

    // 0.8 and 0.9 have F1 0.847…: at two decimals P and R can be 0.795…0.805 and 0.895…0.905, F1 0.842…0.852.
    [Theory]
    [InlineData(".80,.90,.85", "Consistent")]
    [InlineData(".80,.90,.84", "Consistent")]
    [InlineData(".80,.90,.86", "Inconsistent")]
    [InlineData(".80,.90,.83", "Inconsistent")]
    [InlineData(".8000,.9000,.8471", "Consistent")]
    [InlineData(".8000,.9000,.8500", "Inconsistent")]
    [InlineData("80.0,90.0,84.7", "Consistent")]
    [InlineData("80.0,90.0,84.4", "Inconsistent")]
    [InlineData("80.0%,.9000,84.7 %", "Consistent")]
    [InlineData("1,1,1", "Consistent")]
    [InlineData("0.000,0.000,0.000", "Consistent")]
    [InlineData("0.8,,0.8", "Unchecked")]
    [InlineData("0.8,n/a,0.8", "Unchecked")]
    public void Check_OneRow_AsRoundingAllows(string scores, string status)
    {
        var rows = PrintedTable.Parse($"Organ,Model,Precision,Recall,F1\nliver,m,{scores}\n", "t.csv");

        Assert.Equal(status, Assert.Single(TableAudit.Check(rows).Rows).Status.ToString());
    }

    [Fact]
    public void Check_AboveTheHarmonicMean_CannotBeAnAverage()
    {
        var rows = PrintedTable.Parse("model,organ,precision,recall,f1\nm,liver,.8000,.9000,.8600", "t.csv");

        Assert.Contains("No average of all three over the same units", TableAudit.Check(rows).Rows[0].Explanation, StringComparison.Ordinal);
    }

    // F1 of the organs .8471 and .5455 by hand; their mean .6963, and 2·.7·.7/(.7 + .7) = .7 of the mean P and R.
    [Fact]
    public void Check_MeanRow_IsNamedAsTheMeanOfTheOthers()
    {
        const string table = "model,organ,precision,recall,f1\nm,a,.8000,.9000,.8471\nm,b,.6000,.5000,.5455\nm,mean,.7000,.7000,.6963";

        var audit = TableAudit.Check(PrintedTable.Parse(table, "t.csv"));

        Assert.Equal(1, audit.Flagged);
        Assert.Contains("mean of this model's other rows", audit.Rows[2].Explanation, StringComparison.Ordinal);
        Assert.Empty(audit.Findings);
    }

    // Whatever is counted and however it is rounded, an honest row is never flagged.
    [Fact]
    public void Check_RoundedPooledCounts_NeverFlagged() => Prop.ForAll(
        (from hits in Gen.Choose(0, 5000)
         from wrong in Gen.Choose(0, 5000)
         from missed in Gen.Choose(0, 5000)
         from decimals in Gen.Choose(1, 8)
         from percent in Gen.Elements(true, false)
         where hits + wrong > 0 && hits + missed > 0
         select (new PixelCounts(hits, wrong, missed).Scores(), decimals, percent)).ToArbitrary(),
        drawn =>
        {
            var (scores, decimals, percent) = drawn;
            var row = $"m,a,{Print(scores.Precision)},{Print(scores.Recall)},{Print(scores.F1)}";
            return TableAudit.Check(PrintedTable.Parse($"model,organ,precision,recall,f1\n{row}", "t.csv")).Flagged == 0;

            string Print(double? value) => percent
                ? (value!.Value * 100).ToString($"F{decimals}") + "%" : value!.Value.ToString($"F{decimals}");
        }).QuickCheckThrowOnFailure();

    // Means of P, R and F1 over the same units never lie above 2PR/(P+R).
    [Fact]
    public void Of_MeansOverUnits_NeverAbove() => Prop.ForAll(
        Gen.Choose(1, 500).Three().ArrayOf().Where(units => units.Length > 0).ToArbitrary(),
        units =>
        {
            var mean = MeanScores.Of([.. units.Select(unit => UnitScores.Of(new PixelCounts(unit.Item1, unit.Item2, unit.Item3), SurfaceScores.Absent, AbsencePolicy.Skip))]);
            var audit = AggregateAudit.Of(mean.Precision, mean.Recall, mean.F1, "patients")!;
            return audit.Difference <= 1e-12 && (audit.Consistent || audit.Explanation.Contains("averaged over patients", StringComparison.Ordinal));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Of_PooledRow_ConsistentOrTheCountsAreWrong()
    {
        var scores = new PixelCounts(37, 11, 5).Scores();

        Assert.True(AggregateAudit.Of(scores.Precision, scores.Recall, scores.F1, null)!.Consistent);
        Assert.Contains("the counts are wrong", AggregateAudit.Of(0.8, 0.9, 0.8, null)!.Explanation, StringComparison.Ordinal);
        Assert.Null(AggregateAudit.Of(null, 0, 0, null));
    }
}
