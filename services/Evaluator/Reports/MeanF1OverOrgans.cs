using OrganSeg.Evaluator.Metrics;

namespace OrganSeg.Evaluator.Reports;

/// <summary>Mean of the organs' defined F1 values, by aggregation.</summary>
internal sealed record MeanF1OverOrgans(double? Pooled, double? PerImage, double? PerPatient)
{
    public static MeanF1OverOrgans Of(IReadOnlyList<OrganScores> organs) => new(
        organs.Average(organ => organ.Pooled.F1),
        organs.Average(organ => organ.PerImage.F1),
        organs.Average(organ => organ.PerPatient.F1));
}
