using System.Net;
using System.Text;
using OrganSeg.Evaluator.Metrics;
using OrganSeg.Imaging.Figures;

namespace OrganSeg.Evaluator.Reports;

/// <summary>Renders <c>report.html</c>: one file that needs nothing else, for screen and paper.</summary>
/// <param name="report">The numbers.</param>
/// <param name="pictures">PNG files of the figures, by name.</param>
internal sealed class HtmlReport(ReportDocument report, IReadOnlyDictionary<string, byte[]> pictures)
{
    private readonly StringBuilder _html = new();
    private readonly FigureSection _figures = new(report, pictures);

    public string Render()
    {
        var subject = report.Dataset is { } dataset
            ? $"{dataset.Name}@{dataset.Version}, {dataset.Split}"
            : "label maps given as files";
        Line($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Segmentation report: {E(subject)}</title>
            <style>
            {ReportStyle.Css}
            </style>
            </head>
            <body>
            <main>
            <header>
            <h1>Segmentation report</h1>
            <p>{E(subject)}</p>
            </header>
            """);
        Facts();
        Warnings();
        Line(GateSection.Render(report.Gate));
        Line(_figures.Scores());
        Comparison();
        foreach (var model in report.Models)
        {
            Model(model);
        }

        Line(NearDuplicatesSection.Render(report.NearDuplicates));
        Line(_figures.Slices());
        Definitions();
        Line($"""
            <footer>Report {E(report.ReportId)}, written {report.CreatedAt:yyyy-MM-dd HH:mm} UTC by
            {E(report.Software.Name)} {E(report.Software.Version)}. Research use only, not a medical device.</footer>
            </main>
            </body>
            </html>
            """);
        return _html.ToString();
    }

    internal static string E(string? text) => WebUtility.HtmlEncode(text ?? "");

    internal static string Score(double? value) =>
        value is { } defined ? $"{defined:F4}" : "<span class=\"undefined\" title=\"undefined\">–</span>";

    internal static string Chip(int classId) =>
        classId == 0 ? "" : $"<span class=\"chip\" style=\"background:{OrganPalette.Css(classId)}\"></span>";

    private void Line(string html) => _html.Append(html).Append('\n');

    private void Facts()
    {
        Line("<dl class=\"facts\">");
        if (report.Dataset is { } dataset)
        {
            Fact("Dataset", $"{dataset.Name}@{dataset.Version}");
            Fact("Split", $"{dataset.Split} (by {dataset.SplitPolicy})");
        }

        Fact("Patients", $"{report.Counts.Patients:N0}");
        Fact(report.Measures.Dimensions == 3 ? "Volumes" : "Slices", $"{report.Counts.Slices:N0}");
        Fact(report.Measures.Dimensions == 3 ? "Voxels" : "Pixels", $"{report.Counts.Pixels:N0}");
        Fact("Absent organs", report.Measures.Absence);
        Fact("Surface tolerance", FormattableString.Invariant($"{report.Measures.Tolerance:0.###} {report.Measures.DistanceUnit}"));
        Fact(report.Models.Count == 1 ? "Model" : "Models", string.Join(", ", report.Models.Select(model => model.Title)));
        Line("</dl>");

        void Fact(string name, string value) => Line($"<div><dt>{E(name)}</dt><dd>{E(value)}</dd></div>");
    }

    private void Warnings()
    {
        foreach (var warning in report.Warnings)
        {
            var serious = warning.Severity == ReportWarning.Serious;
            Line($"""
                <div class="warning{(serious ? " serious" : "")}" role="note"><strong>{(serious ? "Warning" : "Note")}</strong>
                {E(warning.Message)}</div>
                """);
        }
    }

    private void Comparison()
    {
        if (report.Models.Count < 2)
        {
            return;
        }

        Line("<section class=\"card\"><h2>Comparison</h2>");
        Compare("F1, pooled over all pixels", organ => organ.Pooled.F1, mean => mean.Pooled);
        Compare("F1, mean per image", organ => organ.PerImage.F1, mean => mean.PerImage);
        Compare("F1, mean per patient", organ => organ.PerPatient.F1, mean => mean.PerPatient);
        Line(StatisticsSection.Comparisons(report.Comparisons));
        Line(_figures.Charts(FigureKind.Differences));
        Line("</section>");
    }

    private void Compare(string title, Func<OrganScores, double?> f1, Func<MeanF1OverOrgans, double?> mean)
    {
        Line($"<h3>{E(title)}</h3><div class=\"scroll\"><table><thead><tr><th>Model</th>");
        foreach (var (organ, index) in report.Models[0].Organs.Select((organ, index) => (organ, index)))
        {
            Line($"<th>{Chip(index + 1)}{E(organ.Organ)}</th>");
        }

        Line("<th>mean</th></tr></thead><tbody>");
        foreach (var model in report.Models)
        {
            Line($"<tr><td>{E(model.Title)}</td>"
                + string.Concat(model.Organs.Select(organ => $"<td>{Score(f1(organ))}</td>"))
                + $"<td class=\"f1\">{Score(mean(model.MeanF1))}</td></tr>");
        }

        Line("</tbody></table></div>");
    }

    private void Model(ModelReport model)
    {
        Line($"<section class=\"card\"><h2>{E(model.Title)}</h2>");
        if (model.Architecture is not null)
        {
            var trained = model.TrainedOn is null ? "" : $", trained on {model.TrainedOn}";
            Line($"<p class=\"note\">{E(model.Architecture + trained)}</p>");
        }

        Line("""
            <div class="scroll"><table><thead>
            <tr><th></th><th class="group" colspan="3">Pooled over all pixels</th>
            <th class="group gap" colspan="4">Mean per image</th><th class="group gap" colspan="4">Mean per patient</th></tr>
            <tr><th>Organ</th><th>Precision</th><th>Recall</th><th>F1</th><th class="gap">Precision</th><th>Recall</th>
            <th>F1</th><th title="Values in the mean F1">n</th><th class="gap">Precision</th><th>Recall</th><th>F1</th>
            <th title="Values in the mean F1">n</th></tr></thead><tbody>
            """);
        foreach (var (organ, index) in model.Organs.Select((organ, index) => (organ, index)))
        {
            Line($"<tr><td>{Chip(index + 1)}{E(organ.Organ)}</td>"
                + Cells(organ.Pooled.Precision, organ.Pooled.Recall, organ.Pooled.F1, "")
                + Cells(organ.PerImage.Precision, organ.PerImage.Recall, organ.PerImage.F1, " class=\"gap\"") + N(organ.PerImage.Defined)
                + Cells(organ.PerPatient.Precision, organ.PerPatient.Recall, organ.PerPatient.F1, " class=\"gap\"") + N(organ.PerPatient.Defined)
                + "</tr>");
        }

        Line($"<tr class=\"mean\"><td>Mean of organs</td><td></td><td></td><td class=\"f1\">{Score(model.MeanF1.Pooled)}</td>"
            + $"<td class=\"gap\"></td><td></td><td class=\"f1\">{Score(model.MeanF1.PerImage)}</td><td></td>"
            + $"<td class=\"gap\"></td><td></td><td class=\"f1\">{Score(model.MeanF1.PerPatient)}</td><td></td></tr>");
        Line("</tbody></table></div>");
        Line(MeasuresSection.Absences(model, report));
        Line(MeasuresSection.Overlap(model));
        Line(MeasuresSection.Surfaces(model, report.Measures));
        Line(MeasuresSection.Sizes(model));
        Line(StatisticsSection.Intervals(model));
        Confusion(model.ConfusionMatrix);
        Line(_figures.Charts(FigureKind.Confusion, model.Title));
        Line(_figures.Charts(FigureKind.Calibration, model.Title));
        Line(_figures.Charts(FigureKind.Agreement, model.Title));
        Line(RobustnessSection.Render(model.Robustness, report.Robustness));
        Line(_figures.Charts(FigureKind.Robustness, model.Title));
        Line("</section>");
    }

    private static string N(DefinedCounts defined) =>
        $"<td class=\"n\" title=\"precision {defined.Precision:N0}, recall {defined.Recall:N0}, F1 {defined.F1:N0}\">{defined.F1:N0}</td>";

    private static string Cells(double? precision, double? recall, double? f1, string gap) =>
        $"<td{gap}>{Score(precision)}</td><td>{Score(recall)}</td><td class=\"f1\">{Score(f1)}</td>";

    private void Confusion(ConfusionReport matrix)
    {
        Line("<h3>Confusion matrix</h3><p class=\"note\">Rows: reference. Columns: prediction. Share of the row, and pixels.</p>");
        Line("<div class=\"scroll\"><table class=\"confusion\"><thead><tr><th></th>"
            + string.Concat(matrix.Classes.Select(name => $"<th>{E(name)}</th>")) + "</tr></thead><tbody>");
        for (var row = 0; row < matrix.Classes.Count; row++)
        {
            var total = matrix.Pixels[row].Sum();
            Line($"<tr><td>{Chip(row)}{E(matrix.Classes[row])}</td>"
                + string.Concat(matrix.Pixels[row].Select(pixels => ConfusionCell(pixels, total))) + "</tr>");
        }

        Line("</tbody></table></div>");
    }

    private static string ConfusionCell(long pixels, long total)
    {
        var share = total == 0 ? 0 : (double)pixels / total;
        var text = total == 0 ? "–" : share is > 0 and < 0.0001 ? "&lt; 0.01 %" : $"{100 * share:F2} %";
        // The root keeps small confusions visible beside the diagonal.
        var opacity = Math.Sqrt(share) * 0.85;
        var ink = opacity > 0.5 ? "#fff" : "inherit";
        return $"<td style=\"background:rgba(31,95,139,{opacity:F3});color:{ink}\">{text}<small>{pixels:N0}</small></td>";
    }

    private void Definitions()
    {
        var texts = report.Aggregations;
        Line($"""
            <section class="card"><h2>How the numbers are made</h2>
            <dl class="definitions">
            <dt>Precision, recall, F1</dt>
            <dd>TP/(TP+FP), TP/(TP+FN) and 2TP/(2TP+FP+FN) in pixels of one organ against everything else. F1 is the Dice
            coefficient. Background is not an organ and enters no mean.</dd>
            <dt>Pooled over all pixels</dt><dd>{E(texts.Pooled)}</dd>
            <dt>Mean per image</dt><dd>{E(texts.PerImage)}</dd>
            <dt>Mean per patient</dt><dd>{E(texts.PerPatient)}</dd>
            <dt>Undefined values</dt><dd>{E(texts.Undefined)} {E(report.Measures.AbsenceMeaning)}</dd>
            {MeasuresSection.Definitions(report.Measures)}
            </dl>
            """);
        if (report.Dataset is { } dataset)
        {
            Line($"<p class=\"note\">Predictions and references are compared at {dataset.Size}×{dataset.Size} pixels, as "
                + $"stored in the dataset (digest {E(dataset.Digest)}).</p>");
        }

        Line("</section>");
    }
}
