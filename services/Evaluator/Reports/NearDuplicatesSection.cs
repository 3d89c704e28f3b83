using System.Text;
using OrganSeg.Evaluator.Honesty;

namespace OrganSeg.Evaluator.Reports;

/// <summary>What <c>report.html</c> says of slices that are on two sides.</summary>
internal static class NearDuplicatesSection
{
    /// <summary>A section, or nothing where no search was made.</summary>
    public static string Render(NearDuplicates? search)
    {
        if (search is null)
        {
            return "";
        }

        var html = new StringBuilder("<section class=\"card\"><h2>Near-duplicates across the split</h2><p class=\"note\">")
            .Append($"{HtmlReport.E(Summary(search))}</p>");
        if (search.Pairs.Count > 0)
        {
            html.Append("<div class=\"scroll\"><table><thead><tr><th>Case</th><th>Slice</th><th>Other side</th><th>Case</th><th>Slice</th>")
                .Append("<th>Similarity</th></tr></thead><tbody>\n");
            foreach (var pair in search.Pairs)
            {
                html.Append($"<tr><td>{HtmlReport.E(pair.Case)}</td><td>{HtmlReport.E(pair.Slice)}</td>")
                    .Append($"<td>{HtmlReport.E($"{pair.OtherDataset} {pair.OtherSplit}")}</td><td>{HtmlReport.E(pair.OtherCase)}</td>")
                    .Append($"<td>{HtmlReport.E(pair.OtherSlice)}</td><td class=\"f1\">{HtmlReport.Score(pair.Similarity)}</td></tr>\n");
            }

            html.Append("</tbody></table></div>");
        }

        return html.Append("</section>").ToString();
    }

    /// <summary>In sentences: what was compared, by what threshold, and what was found.</summary>
    public static string Summary(NearDuplicates search)
    {
        var text = new StringBuilder(FormattableString.Invariant($"{search.Evaluated:N0} evaluated slices were held against {search.Compared:N0} others"));
        if (search.Sides.Count > 0)
        {
            text.Append($" ({string.Join(", ", search.Sides)})");
        }

        text.Append(FormattableString.Invariant($"; {search.WithoutContent:N0} slices that show nothing were left out. "))
            .Append(FormattableString.Invariant($"Two slices count as nearly equal from a correlation of {search.Threshold:0.###} on, shifted by up to a pixel. "))
            .Append(FormattableString.Invariant($"Found: {search.Found:N0}"))
            .Append(search.Found > search.Pairs.Count ? $", of which the {search.Pairs.Count} most similar are listed." : ".");
        foreach (var reason in search.NotCompared)
        {
            text.Append($" Not compared: {reason.TrimEnd('.')}.");
        }

        return text.ToString();
    }
}
