using System.Text;
using OrganSeg.Evaluator.Statistics;

namespace OrganSeg.Evaluator.Reports;

/// <summary>What <c>report.html</c> says of how sure the scores and their differences are.</summary>
internal static class StatisticsSection
{
    /// <summary>A model's intervals.</summary>
    public static string Intervals(ModelReport model)
    {
        if (model.Organs.All(organ => organ.Intervals is null))
        {
            return "";
        }

        var html = new StringBuilder("<h3>How sure F1 is</h3><p class=\"note\">95 % confidence intervals, resampled by patient: how far the ")
            .Append("value may be off because these patients were evaluated and not others. n: patients; the mean per patient follows the report’s policy for absent organs.</p><div class=\"scroll\"><table><thead><tr>")
            .Append("<th>Organ</th><th>Pooled F1</th><th>95 % interval</th><th>n</th><th class=\"words\">Method</th><th class=\"gap\">Mean F1 per patient</th>")
            .Append("<th>95 % interval</th><th>n</th><th class=\"words\">Method</th></tr></thead><tbody>\n");
        foreach (var (organ, index) in model.Organs.Select((organ, index) => (organ, index)))
        {
            var (pooled, mean) = (organ.Intervals!.Pooled, organ.Intervals.PerPatient);
            html.Append($"<tr><td>{HtmlReport.Chip(index + 1)}{HtmlReport.E(organ.Organ)}</td><td class=\"f1\">{HtmlReport.Score(pooled.Estimate)}</td>")
                .Append($"<td>{Limits(pooled)}</td><td>{pooled.Units}</td><td class=\"words\">{Method(pooled.Method)}</td>")
                .Append($"<td class=\"gap f1\">{HtmlReport.Score(mean.Estimate)}</td><td>{Limits(mean)}</td><td>{mean.Units}</td><td class=\"words\">{Method(mean.Method)}</td></tr>\n");
        }

        return html.Append("</tbody></table></div>").ToString();
    }

    /// <summary>Two models beside each other, with what may be said of them and no more.</summary>
    public static string Comparisons(IReadOnlyList<ModelPair> pairs)
    {
        var html = new StringBuilder();
        foreach (var pair in pairs)
        {
            html.Append($"<h3>{HtmlReport.E(pair.First)} against {HtmlReport.E(pair.Second)}</h3><p class=\"note\">{HtmlReport.E(pair.Metric)}; ")
                .Append("differences are first minus second. Wilcoxon's signed-rank test decides, corrected by Holm over the organs.</p>")
                .Append("<div class=\"scroll\"><table><thead><tr><th>Organ</th><th>Patients</th><th>Mean difference</th><th>95 % interval</th>")
                .Append("<th>p</th><th>p, Holm</th><th>p, permutation</th><th>d<sub>z</sub></th></tr></thead><tbody>\n");
            foreach (var (organ, index) in pair.Organs.Select((organ, index) => (organ, index)))
            {
                html.Append($"<tr><td>{HtmlReport.Chip(index + 1)}{HtmlReport.E(organ.Organ)}</td><td>{organ.Pairs}</td>")
                    .Append($"<td class=\"f1\">{Signed(organ.MeanDifference.Estimate)}</td><td>{Limits(organ.MeanDifference)}</td>")
                    .Append($"<td>{HtmlReport.Score(organ.SignedRank?.P)}</td><td>{HtmlReport.Score(organ.AdjustedP)}</td>")
                    .Append($"<td>{HtmlReport.Score(organ.Permutation?.P)}</td><td>{Signed(organ.CohenDz)}</td></tr>\n");
            }

            html.Append("</tbody></table></div><ul class=\"verdicts\">");
            foreach (var organ in pair.Organs)
            {
                html.Append($"<li><b>{HtmlReport.E(organ.Organ)}</b>: {HtmlReport.E(string.Join(' ', [organ.Verdict.Sentence, .. organ.Verdict.Warnings]))}</li>\n");
            }

            html.Append("</ul>");
        }

        return html.ToString();
    }

    private static string Limits(ConfidenceInterval interval) =>
        interval is { Low: { } low, High: { } high } ? FormattableString.Invariant($"{low:F4} … {high:F4}") : HtmlReport.Score(null);

    private static string Signed(double? value) =>
        value is { } defined ? FormattableString.Invariant($"{defined:+0.0000;−0.0000;0.0000}") : HtmlReport.Score(null);

    internal static string Method(IntervalMethod method) => method switch
    {
        IntervalMethod.BootstrapT => "bootstrap-t",
        IntervalMethod.StudentT => "Student’s t: too few patients to resample",
        IntervalMethod.SignedRank => "signed ranks",
        _ => "none: too few patients, or no spread",
    };
}
