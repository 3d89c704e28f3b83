using System.Net;
using System.Text;
using OrganSeg.Imaging.Figures;
using OrganSeg.Ingest.Splits;

namespace OrganSeg.Ingest.Quality;

/// <summary>Renders <c>quality.html</c>: one file that needs nothing else, for screen and paper.</summary>
/// <param name="report">The numbers.</param>
internal sealed class QualityHtml(QualityReport report)
{
    private const int MostCases = 500;

    private readonly StringBuilder _html = new();

    /// <param name="overview">Contact sheet of the cases, a PNG file.</param>
    /// <param name="doubtful">Contact sheet of slices in which something was found, or null.</param>
    public string Render(byte[] overview, byte[]? doubtful)
    {
        Line($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Quality of {E(report.Dataset)}</title>
            <style>
            {QualityStyle.Css}
            </style>
            </head>
            <body>
            <main>
            <header>
            <h1>Quality of {E(report.Dataset)}</h1>
            <p>{report.Cases.Sum(one => one.Slices):N0} slices of {report.Cases.Count:N0} cases, {report.Size} × {report.Size} pixels, {E(Window())},
            split by {E(report.Split.Policy)}{(report.Split.Leaky ? ", leaky" : "")}</p>
            </header>
            """);
        Findings();
        Line("<section><h2>Slices</h2>");
        Picture(overview, "The slice with the most organs of each case, or of twelve of them.");
        if (doubtful is not null)
        {
            Picture(doubtful, "Slices in which something was found.");
        }

        Line("</section>");
        Organs();
        Greys();
        Cases();
        Line("""
            <footer><p>Made when the dataset was sealed. Areas are in pixels of the sealed slices. Research use only, not a medical device.</p></footer>
            </main>
            </body>
            </html>
            """);
        return _html.ToString();
    }

    private static string E(string text) => WebUtility.HtmlEncode(text);

    private void Line(string html) => _html.Append(html).Append('\n');

    private string Window() => report is { WindowLowHu: { } low, WindowHighHu: { } high }
        ? FormattableString.Invariant($"window {low:0.##}…{high:0.##} HU")
        : "window unknown";

    private void Findings()
    {
        if (report.Findings.Count == 0)
        {
            Line("<div class=\"finding\">Nothing doubtful was found.</div>");
        }

        foreach (var finding in report.Findings)
        {
            Line($"<div class=\"finding{(finding.Severity == Severity.Warning ? " warning" : "")}\"><strong>{E(finding.Code)}"
                + $"{(finding.Examples.Count > 0 ? $" ({finding.Count:N0})" : "")}</strong> {E(finding.Message)}");
            if (finding.Examples.Count > 0)
            {
                var all = finding.Examples.Count == finding.Count ? "" : $"the first {finding.Examples.Count} ";
                Line($"<details><summary>{all}of them</summary>{string.Join("<br>", finding.Examples.Select(E))}</details>");
            }

            Line("</div>");
        }
    }

    private void Picture(byte[] png, string caption) => Line(
        $"<figure><img alt=\"{E(caption)}\" src=\"data:image/png;base64,{Convert.ToBase64String(png)}\"><figcaption>{E(caption)}</figcaption></figure>");

    private void Organs()
    {
        Line("<section><h2>Organs</h2><div class=\"scroll\"><table><thead><tr><th>Organ</th><th>Cases</th><th>Slices</th><th>Pixels</th>"
            + string.Concat(SplitNames.Splits.Select(side => $"<th>{E(side)}: cases</th><th>slices</th>")) + "</tr></thead><tbody>");
        foreach (var (organ, index) in report.Organs.Select((organ, index) => (organ, index)))
        {
            Line($"<tr><td><span class=\"chip\" style=\"background:{OrganPalette.Css(index + 1)}\"></span>{E(organ.Organ)}</td>"
                + $"<td>{organ.Cases:N0}</td><td>{organ.Slices:N0}</td><td>{organ.Pixels:N0}</td>"
                + string.Concat(SplitNames.Splits.Select(side => organ.Sides.GetValueOrDefault(side))
                    .Select(side => $"<td>{side?.Cases ?? 0:N0}</td><td>{side?.Slices ?? 0:N0}</td>")) + "</tr>");
        }

        Line("</tbody></table></div></section>");
    }

    private void Greys()
    {
        double body = Math.Max(1, report.BodyHistogram.Sum());
        // The ends hold all that was clipped and would flatten the rest.
        var points = report.BodyHistogram.Select((pixels, grey) => ((double)grey, 100 * pixels / body)).Skip(1).SkipLast(1).ToArray();
        var title = report is { WindowLowHu: { } low, WindowHighHu: { } high }
            ? FormattableString.Invariant($"Grey values of the body; 0 is {low:0.##} HU and less, 255 is {high:0.##} HU and more")
            : "Grey values of the body";
        Line("<section><h2>Grey values</h2>");
        Picture(ChartPainter.Paint(new Chart(title, "grey value", [new ChartSeries("% of the pixels", 7, points)])), "The ends are left out.");
        Line($"<p class=\"note\">Clipped: {Share(report.ClippedLow)} of the body are at grey 0, {Share(report.ClippedHigh)} at grey 255. "
            + "The body is what the air around does not reach from the border.</p></section>");
    }

    private static string Share(double? share) => share is { } value ? FormattableString.Invariant($"{100 * value:0.0} %") : "–";

    private void Cases()
    {
        Line("<section><h2>Cases</h2><div class=\"scroll\"><table><thead><tr><th>Case</th><th>Side</th><th>Fold</th><th>Slices</th><th>Spacing, mm</th>"
            + string.Concat(report.Organs.Select(organ => $"<th>{E(organ.Organ)}: slices</th><th>pixels</th>")) + "</tr></thead><tbody>");
        foreach (var one in report.Cases.Take(MostCases))
        {
            var spacing = one.SpacingMm is { } mm ? string.Join(" × ", mm.Select(value => FormattableString.Invariant($"{value:0.###}"))) : "unknown";
            Line($"<tr><td>{E(one.Case)}</td><td>{E(string.Join(", ", one.Sides))}</td><td>{one.Fold}</td><td>{one.Slices:N0}</td><td>{spacing}</td>"
                + string.Concat(report.Organs.Select(organ => one.Organs.GetValueOrDefault(organ.Organ))
                    .Select(size => $"<td>{size?.Slices ?? 0:N0}</td><td>{size?.Pixels ?? 0:N0}</td>")) + "</tr>");
        }

        Line("</tbody></table></div>"
            + (report.Cases.Count > MostCases ? $"<p class=\"note\">The first {MostCases} of {report.Cases.Count:N0}; quality.json has all.</p>" : "")
            + "</section>");
    }
}
