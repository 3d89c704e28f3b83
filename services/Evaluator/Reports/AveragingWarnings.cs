using OrganSeg.Evaluator.Auditing;
using OrganSeg.Evaluator.Metrics;

namespace OrganSeg.Evaluator.Reports;

/// <summary>Tells that an averaged F1 is not the F1 of the averaged precision and recall beside it, as a reader would expect.</summary>
internal static class AveragingWarnings
{
    // What four printed digits of the three values can hide.
    private const double Visible = 1e-4;

    public static IEnumerable<ReportWarning> Of(IReadOnlyList<ModelReport> models)
    {
        foreach (var model in models)
        {
            var largest = model.Organs
                .SelectMany(organ => new[] { Audit(organ, organ.PerImage, "images"), Audit(organ, organ.PerPatient, "patients") })
                .MaxBy(found => Math.Abs(found.Difference));
            if (Math.Abs(largest.Difference) > Visible)
            {
                yield return new ReportWarning(
                    "f1-of-averages",
                    ReportWarning.Note,
                    model.Title,
                    FormattableString.Invariant(
                        $"Means of F1 are not 2PR/(P+R) of the means beside them: of {model.Title} by up to {Math.Abs(largest.Difference):0.####} ({largest.Organ}, per {largest.Unit}). Compare F1 only with F1 of the same aggregation."));
            }
        }
    }

    private static (string Organ, string Unit, double Difference) Audit(OrganScores organ, MeanScores mean, string units) =>
        (organ.Organ, units[..^1], AggregateAudit.Of(mean.Precision, mean.Recall, mean.F1, units)?.Difference ?? 0);
}
