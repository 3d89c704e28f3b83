using System.Buffers.Binary;
using System.Text;
using OrganSeg.Evaluator.Figures;

namespace OrganSeg.Evaluator.Reports;

/// <summary>The figures in <c>report.html</c>, each with its caption.</summary>
/// <param name="report">What names them.</param>
/// <param name="pictures">Their PNG files, by name.</param>
internal sealed class FigureSection(ReportDocument report, IReadOnlyDictionary<string, byte[]> pictures)
{
    /// <summary>Charts of a kind, one below the other, or nothing.</summary>
    /// <param name="kind">What they show.</param>
    /// <param name="model">Title of the model whose they are; null for those of no single model.</param>
    public string Charts(FigureKind kind, string? model = null) =>
        string.Concat(report.Figures.Where(figure => figure.Kind == kind && figure.Model == model).Select(Chart));

    /// <summary>A section of the scores of all models beside one another, or nothing.</summary>
    public string Scores()
    {
        var charts = Charts(FigureKind.Organs) + Charts(FigureKind.Patients);
        return charts.Length == 0 ? "" : $"<section class=\"card\"><h2>Scores</h2>\n{charts}</section>\n";
    }

    /// <summary>A section of the slices that are shown, or nothing.</summary>
    public string Slices()
    {
        var overview = Charts(FigureKind.Overview);
        var panels = report.Figures.Where(figure => figure.Kind == FigureKind.Panel).ToList();
        if (overview.Length == 0 && panels.Count == 0)
        {
            return "";
        }

        var html = new StringBuilder("<section class=\"card\"><h2>Slices</h2><ul class=\"legend\">");
        foreach (var organ in report.LabelSchema.Skip(1))
        {
            html.Append($"<li>{HtmlReport.Chip(organ.Id)}{HtmlReport.E(organ.Name)}</li>");
        }

        html.Append("</ul>\n").Append(overview);
        if (panels.Count > 0)
        {
            html.Append("<h3>Best, median and worst</h3><p class=\"note\">Best, median and worst slice by mean F1 over its organs, and for ")
                .Append("each organ the slice with most of it. Errors: what was missed, what was added, and one organ taken for ")
                .Append("another; the reference is outlined.</p>\n");
        }

        foreach (var figure in panels)
        {
            Append(html, figure, $"{figure.Slice}: {string.Join(", ", figure.Columns)}", $"<b>{HtmlReport.E(figure.Slice)}</b> ({HtmlReport.E(figure.Reason)}): ");
        }

        return html.Append("</section>\n").ToString();
    }

    private string Chart(ReportFigure figure)
    {
        var html = new StringBuilder();
        Append(html, figure, $"{figure.Title}. {figure.Caption}", $"<b>{HtmlReport.E(figure.Title)}.</b> ");
        return html.ToString();
    }

    private void Append(StringBuilder html, ReportFigure figure, string alt, string heading) => html
        .Append($"<figure class=\"{(IsOfSlices(figure) ? "panel" : "chart")}\"><img alt=\"{HtmlReport.E(alt)}\"{Width(figure)} src=\"data:image/png;base64,{Convert.ToBase64String(pictures[figure.File])}\">\n")
        .Append($"<figcaption>{heading}{HtmlReport.E(figure.Caption)}</figcaption></figure>\n");

    private static bool IsOfSlices(ReportFigure figure) => figure.Kind is FigureKind.Panel or FigureKind.Overview;

    /// <summary>Charts are shown as large as they were laid out, so that their writing has one size; slices as wide as there is room.</summary>
    private string Width(ReportFigure figure) => IsOfSlices(figure)
        ? ""
        // The header of a PNG file has its width at byte 16.
        : $" width=\"{BinaryPrimitives.ReadUInt32BigEndian(pictures[figure.File].AsSpan(16)) / FigureStyle.PixelDensity}\"";
}
