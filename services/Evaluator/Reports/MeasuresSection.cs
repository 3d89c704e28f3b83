using System.Text;
using OrganSeg.Evaluator.Metrics;

namespace OrganSeg.Evaluator.Reports;

/// <summary>What <c>report.html</c> says of overlap, surfaces and sizes beyond precision, recall and F1.</summary>
internal static class MeasuresSection
{
    /// <summary>Where organs are absent, and what that counts.</summary>
    public static string Absences(ModelReport model, ReportDocument report)
    {
        var html = new StringBuilder("<h3>Absent organs</h3><p class=\"note\">Policy ")
            .Append($"<b>{HtmlReport.E(report.Measures.Absence)}</b>: {HtmlReport.E(report.Measures.AbsenceMeaning)} ")
            .Append($"{HtmlReport.E(AbsencePolicies.Decided(report.Measures.Absence))}</p><div class=\"scroll\"><table><thead><tr><th></th>")
            .Append($"<th class=\"group\" colspan=\"3\">{Units(report.Measures)}</th><th class=\"group gap\" colspan=\"3\">Patients</th></tr><tr><th>Organ</th>")
            .Append("<th>in neither map</th><th>missed</th><th>only predicted</th><th class=\"gap\">in neither map</th><th>missed</th><th>only predicted</th></tr></thead><tbody>\n");
        foreach (var (organ, index) in model.Organs.Select((organ, index) => (organ, index)))
        {
            html.Append($"<tr><td>{HtmlReport.Chip(index + 1)}{HtmlReport.E(organ.Organ)}</td><td>{organ.ImagesAbsentInBoth:N0}</td>")
                .Append($"<td>{organ.ImagesMissed:N0}</td><td>{organ.ImagesInvented:N0}</td><td class=\"gap\">{organ.PatientsAbsentInBoth:N0}</td>")
                .Append($"<td>{organ.PatientsMissed:N0}</td><td>{organ.PatientsInvented:N0}</td></tr>\n");
        }

        return html.Append("</tbody></table></div>").ToString();
    }

    /// <summary>Intersection over union, specificity and volumetric similarity.</summary>
    public static string Overlap(ModelReport model)
    {
        var html = new StringBuilder("<h3>Overlap</h3><div class=\"scroll\"><table><thead><tr><th></th>")
            .Append("<th class=\"group\" colspan=\"3\">Pooled over all pixels</th><th class=\"group gap\" colspan=\"3\">Mean per patient</th></tr>")
            .Append("<tr><th>Organ</th><th>IoU</th><th>Specificity</th><th>Vol. similarity</th><th class=\"gap\">IoU</th><th>Specificity</th>")
            .Append("<th>Vol. similarity</th></tr></thead><tbody>\n");
        foreach (var (organ, index) in model.Organs.Select((organ, index) => (organ, index)))
        {
            var (pooled, mean) = (organ.Pooled, organ.PerPatient);
            html.Append($"<tr><td>{HtmlReport.Chip(index + 1)}{HtmlReport.E(organ.Organ)}</td><td>{HtmlReport.Score(pooled.Iou)}</td>")
                .Append($"<td>{HtmlReport.Score(pooled.Specificity)}</td><td>{HtmlReport.Score(pooled.VolumetricSimilarity)}</td>")
                .Append($"<td class=\"gap\">{HtmlReport.Score(mean.Iou)}</td><td>{HtmlReport.Score(mean.Specificity)}</td>")
                .Append($"<td>{HtmlReport.Score(mean.VolumetricSimilarity)}</td></tr>\n");
        }

        return html.Append("</tbody></table></div>").ToString();
    }

    /// <summary>Surface Dice and distances.</summary>
    public static string Surfaces(ModelReport model, MeasureInformation measures)
    {
        var html = new StringBuilder("<h3>Surfaces</h3><p class=\"note\">")
            .Append($"Surface Dice (NSD) at {FormattableString.Invariant($"{measures.Tolerance:0.###}")} {measures.DistanceUnit}; distances in {measures.DistanceUnit}, ")
            .Append(measures.Dimensions == 3 ? "between surfaces in space" : "between outlines in single images")
            .Append(", over the n with the organ in both maps.</p><div class=\"scroll\"><table><thead><tr><th></th><th class=\"group\">Pooled</th>")
            .Append("<th class=\"group gap\" colspan=\"4\">Mean per image</th><th class=\"group gap\" colspan=\"6\">Mean per patient</th></tr><tr><th>Organ</th><th>NSD</th>")
            .Append("<th class=\"gap\">NSD</th><th>HD95</th><th>ASSD</th><th>n</th><th class=\"gap\">NSD</th><th>HD</th><th>HD95</th><th>HD95, MedPy</th><th>ASSD</th><th>n</th></tr></thead><tbody>\n");
        foreach (var (organ, index) in model.Organs.Select((organ, index) => (organ, index)))
        {
            var (image, patient) = (organ.PerImage, organ.PerPatient);
            html.Append($"<tr><td>{HtmlReport.Chip(index + 1)}{HtmlReport.E(organ.Organ)}</td><td class=\"f1\">{HtmlReport.Score(organ.Pooled.Nsd)}</td>")
                .Append($"<td class=\"gap\">{HtmlReport.Score(image.Nsd)}</td><td>{Distance(image.Hd95)}</td><td>{Distance(image.Assd)}</td>{N(image)}")
                .Append($"<td class=\"gap\">{HtmlReport.Score(patient.Nsd)}</td><td>{Distance(patient.Hd)}</td><td>{Distance(patient.Hd95)}</td>")
                .Append($"<td>{Distance(patient.Hd95Medpy)}</td><td>{Distance(patient.Assd)}</td>{N(patient)}</tr>\n");
        }

        return html.Append("</tbody></table></div>").ToString();
    }

    /// <summary>Errors of size.</summary>
    public static string Sizes(ModelReport model)
    {
        if (model.Organs[0].Size is not { Unit: var unit })
        {
            return "";
        }

        var html = new StringBuilder($"<h3>{(unit == "mL" ? "Volumes" : "Sizes")}</h3><p class=\"note\">Predicted minus reference, by patient, in {unit}. ")
            .Append("Limits of agreement after Bland and Altman.</p><div class=\"scroll\"><table><thead><tr><th>Organ</th><th>Patients</th>")
            .Append("<th>Mean error</th><th>Mean absolute error</th><th>Mean relative error</th><th>Limits of agreement</th></tr></thead><tbody>\n");
        foreach (var (organ, index) in model.Organs.Select((organ, index) => (organ, index)))
        {
            var size = organ.Size!;
            var limits = size.Agreement is { LowerLimit.Estimate: { } low, UpperLimit.Estimate: { } high }
                ? FormattableString.Invariant($"{low:#,0.0;−#,0.0;0.0} to {high:#,0.0;−#,0.0;0.0}") : HtmlReport.Score(null);
            html.Append($"<tr><td>{HtmlReport.Chip(index + 1)}{HtmlReport.E(organ.Organ)}</td><td>{size.Patients}</td><td>{Size(size.MeanError)}</td>")
                .Append($"<td>{Size(size.MeanAbsoluteError).TrimStart('+')}</td><td>{Percent(size.MeanRelativeError)}</td><td>{limits}</td></tr>\n");
        }

        return html.Append("</tbody></table></div>").ToString();
    }

    /// <summary>Entries of the list of definitions.</summary>
    public static string Definitions(MeasureInformation measures) =>
        string.Concat(Texts(measures).Select(entry => $"<dt>{HtmlReport.E(entry.Term)}</dt><dd>{HtmlReport.E(entry.Meaning)}</dd>\n"));

    /// <summary>Terms and what they mean.</summary>
    public static IEnumerable<(string Term, string Meaning)> Texts(MeasureInformation measures)
    {
        var unit = measures.DistanceUnit;
        yield return ("IoU, specificity, volumetric similarity",
            "TP/(TP+FP+FN), TN/(TN+FP), and 1 − |FN−FP|/(2TP+FP+FN), which compares sizes and not places.");
        yield return ("Surface Dice (NSD)", FormattableString.Invariant(
            $"The share of both surfaces that lies within {measures.Tolerance:0.###} {unit} of the other, by area (of outlines by length), after Nikolov et al. 2021. 0 where one map lacks the organ."));
        yield return ("HD, HD95, ASSD",
            $"Largest distance, the larger 95th percentile of both directions, and average distance between the surfaces, by area, in {unit}. "
            + "HD95, MedPy is the percentile of both directions in one heap, from border voxels. There is no distance where one map lacks the organ.");
        yield return ("Surfaces of a patient",
            (measures.Dimensions == 2 ? "Outlines are compared image by image." : "Volumes are compared one by one.")
            + " A patient's surface Dice weighs all of them by their surface; HD is the largest of all, other distances are means over those with the organ in both maps.");
        if (measures.Mapping != LabelMapping.None)
        {
            yield return ("Ids of the files",
                $"Became class ids: of references {Shown(measures.Mapping.Reference)}, of predictions {Shown(measures.Mapping.Prediction)}.");
        }

        static string Shown(string map) => map.Length == 0 ? "as they are" : $"by {map}, all others background";
    }

    /// <summary>What single label maps are, in the plural.</summary>
    public static string Units(MeasureInformation measures) => measures.Dimensions == 3 ? "Volumes" : "Images";

    private static string N(MeanScores mean) => $"<td class=\"n\" title=\"NSD {mean.Defined.Nsd:N0}, distances {mean.Defined.Distances:N0}\">{mean.Defined.Distances:N0}</td>";

    private static string Distance(double? value) => value is { } defined ? FormattableString.Invariant($"{defined:F2}") : HtmlReport.Score(null);

    private static string Size(double? value) => value is { } defined ? FormattableString.Invariant($"{defined:+#,0.0;−#,0.0;0.0}") : HtmlReport.Score(null);

    private static string Percent(double? value) => value is { } defined ? FormattableString.Invariant($"{100 * defined:+0.0;−0.0;0.0} %") : HtmlReport.Score(null);
}
