using System.Text;
using OrganSeg.Evaluator.Robustness;

namespace OrganSeg.Evaluator.Reports;

/// <summary>What <c>report.html</c> says of a model on perturbed slices.</summary>
internal static class RobustnessSection
{
    /// <summary>A part of the model's section, or nothing where there was no sweep.</summary>
    public static string Render(IReadOnlyList<RobustnessCurve>? curves, RobustnessInformation? sweep)
    {
        if (curves is null || sweep is null || curves.Count == 0)
        {
            return "";
        }

        var html = new StringBuilder()
            .Append("<h3>Robustness</h3><p class=\"note\">F1, pooled over all pixels, with the input perturbed ever more: ")
            .Append($"{sweep.Slices:N0} slices of {sweep.Patients:N0} patients, seed {sweep.Seed}. An organ breaks at the severity, ")
            .Append($"interpolated, at which less than {100 * sweep.KeptShare:0.##} % of its unperturbed F1 is left.</p>")
            .Append("<div class=\"scroll long\"><table><thead><tr><th>Perturbation</th><th>Severity</th>");
        for (var i = 0; i < curves[0].Organs.Count; i++)
        {
            html.Append($"<th>{HtmlReport.Chip(i + 1)}{HtmlReport.E(curves[0].Organs[i].Organ)}</th>");
        }

        html.Append("</tr></thead><tbody>\n");
        foreach (var curve in curves)
        {
            Rows(html, curve);
        }

        return html.Append("</tbody></table></div>").ToString();
    }

    private static void Rows(StringBuilder html, RobustnessCurve curve)
    {
        for (var level = 0; level < curve.Severities.Count; level++)
        {
            html.Append($"<tr><td>{(level == 0 ? HtmlReport.E(curve.Perturbation) : "")}</td><td>{curve.Severities[level]:0.####} {HtmlReport.E(curve.Unit)}</td>")
                .AppendJoin("", curve.Organs.Select(organ => $"<td>{HtmlReport.Score(organ.F1[level])}</td>"))
                .Append("</tr>\n");
        }

        html.Append("<tr class=\"mean\"><td></td><td>breaks at</td>")
            .AppendJoin("", curve.Organs.Select(organ => $"<td>{(organ.BreakPoint is { } at ? $"{at:0.##}" : "not in the series")}</td>"))
            .Append("</tr>\n");
    }
}
