using OrganSeg.Evaluator.Metrics;
using OrganSeg.Evaluator.Reports;
using OrganSeg.Evaluator.Statistics;

namespace OrganSeg.Evaluator.Tests.Figures;

/// <summary>Reports with the numbers that a test wants.</summary>
internal static class FigureData
{
    public static readonly ReportCounts Counts = new(12, 3, 1000);

    public static ModelReport Model(string name, params OrganScores[] organs) =>
        new(name, null, null, null, null, organs, new MeanF1OverOrgans(null, null, null), new ConfusionReport([], "", "", []));

    public static OrganScores Organ(string name, double? pooled, params double?[] patients)
    {
        var none = new MeanScores(null, null, null, new DefinedCounts(0, 0, 0));
        return new OrganScores(name, new OverlapScores(null, null, pooled), none, none, default, 0, 0)
        {
            Patients = [.. patients.Select((f1, i) => new PatientScores($"p{i:00}", null, null, f1))],
        };
    }

    public static OrganScores With(this OrganScores organ, double low, double high)
    {
        var interval = Interval(organ.Pooled.F1, low, high);
        return organ with { Intervals = new F1Intervals(interval, interval) };
    }

    public static ConfidenceInterval Interval(double? estimate, double? low, double? high) =>
        new(estimate, low, high, 0.95, 3, IntervalMethod.StudentT);
}
