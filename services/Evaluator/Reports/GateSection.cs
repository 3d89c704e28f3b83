using System.Text;
using OrganSeg.Evaluator.Gates;

namespace OrganSeg.Evaluator.Reports;

/// <summary>What <c>report.html</c> says of the gate.</summary>
internal static class GateSection
{
    /// <summary>A section, or nothing where there was no gate.</summary>
    public static string Render(GateOutcome? gate)
    {
        if (gate is null)
        {
            return "";
        }

        var missed = gate.Checks.Count(check => check.Outcome != GateCheck.Passed);
        var summary = gate.Passed ? $"Passed: all {gate.Checks.Count} bounds hold." : $"Failed: {missed} of {gate.Checks.Count} bounds do not hold.";
        var html = new StringBuilder()
            .Append($"<section class=\"card\"><h2>Gate</h2><div class=\"warning{(gate.Passed ? "" : " serious")}\" role=\"note\">")
            .Append($"<strong>{summary}</strong>{HtmlReport.E(gate.File)}; bounds on unperturbed slices are on values ")
            .Append($"{Words(gate.Aggregation)}.</div><div class=\"scroll\"><table><thead><tr><th>Model</th><th>Organ</th><th>Metric</th>")
            .Append("<th>Perturbation</th><th>Bound</th><th>Value</th><th>Outcome</th></tr></thead><tbody>\n");
        foreach (var check in gate.Checks)
        {
            html.Append($"<tr><td>{HtmlReport.E(check.Model)}</td><td>{HtmlReport.E(check.Organ)}</td><td>{HtmlReport.E(check.Metric)}</td>")
                .Append($"<td>{HtmlReport.E(check.Perturbation ?? "none")} {check.Severity:0.####}</td>")
                .Append($"<td>{(check.IsMost ? "≤" : "≥")} {check.Bound:0.####}</td><td class=\"f1\">{HtmlReport.Score(check.Value)}</td>")
                .Append($"<td title=\"{HtmlReport.E(check.Reason)}\">{check.Outcome}</td></tr>\n");
        }

        return html.Append("</tbody></table></div></section>").ToString();
    }

    internal static string Words(GateAggregation aggregation) => aggregation switch
    {
        GateAggregation.PerImage => "averaged over images",
        GateAggregation.PerPatient => "averaged over patients",
        _ => "pooled over all pixels",
    };
}
