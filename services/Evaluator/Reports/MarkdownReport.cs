using System.Text;
using OrganSeg.Evaluator.Gates;
using OrganSeg.Evaluator.Metrics;
using OrganSeg.Storage;

namespace OrganSeg.Evaluator.Reports;

/// <summary>Renders <c>report.md</c>: the report as GitHub-flavoured Markdown, with links to the figures beside it.</summary>
internal sealed class MarkdownReport(ReportDocument report)
{
    private readonly StringBuilder _text = new();

    public string Render()
    {
        Paragraph("# Segmentation report");
        Facts();
        foreach (var warning in report.Warnings)
        {
            var word = warning.Severity == ReportWarning.Serious ? "Warning" : "Note";
            Paragraph($"> **{word}.** {E(warning.Message)}");
        }

        Gate();
        Comparison();
        foreach (var model in report.Models)
        {
            Model(model);
        }

        NearDuplicates();
        Figures();
        Definitions();
        Paragraph(FormattableString.Invariant(
            $"Report {E(report.ReportId)}, written {report.CreatedAt:yyyy-MM-dd HH:mm} UTC by {E(report.Software.Name)} {E(report.Software.Version)}. Research use only, not a medical device."));
        return _text.ToString().TrimEnd('\n') + "\n";
    }

    private static string E(string? text) => MarkdownText.Escape(text);

    private static string S(double? value) => MarkdownText.Score(value);

    private void Paragraph(string text) => _text.Append(text.TrimEnd('\n')).Append("\n\n");

    private void Facts()
    {
        var rows = new List<IReadOnlyList<string>>();
        if (report.Dataset is { } dataset)
        {
            rows.Add(["Dataset", E($"{dataset.Name}@{dataset.Version}")]);
            rows.Add(["Digest", MarkdownText.Code(dataset.Digest)]);
            rows.Add(["Split", E($"{dataset.Split} (by {dataset.SplitPolicy})")]);
        }
        else
        {
            rows.Add(["Dataset", "label maps given as files"]);
        }

        rows.Add(["Patients", MarkdownText.Count(report.Counts.Patients)]);
        rows.Add([report.Measures.Dimensions == 3 ? "Volumes" : "Slices", MarkdownText.Count(report.Counts.Slices)]);
        rows.Add([report.Measures.Dimensions == 3 ? "Voxels" : "Pixels", MarkdownText.Count(report.Counts.Pixels)]);
        rows.Add([report.Models.Count == 1 ? "Model" : "Models", E(string.Join(", ", report.Models.Select(model => model.Title)))]);
        Paragraph(MarkdownText.Table(["Fact", "Value"], rows));
    }

    private void Gate()
    {
        if (report.Gate is not { } gate)
        {
            return;
        }

        var missed = gate.Checks.Count(check => check.Outcome != GateCheck.Passed);
        Paragraph("## Gate");
        Paragraph($"**{(gate.Passed ? $"Passed: all {gate.Checks.Count} bounds hold." : $"Failed: {missed} of {gate.Checks.Count} bounds do not hold.")}** "
            + $"{E(gate.File)}; bounds on unperturbed slices are on values {GateSection.Words(gate.Aggregation)}.");
        Paragraph(MarkdownText.Table(
            ["Model", "Organ", "Metric", "Perturbation", "Bound", "Value", "Outcome"],
            gate.Checks.Select(check => (IReadOnlyList<string>)
            [
                E(check.Model),
                E(check.Organ),
                E(check.Metric),
                E(FormattableString.Invariant($"{check.Perturbation ?? "none"} {check.Severity:0.####}").TrimEnd()),
                FormattableString.Invariant($"{(check.IsMost ? "≤" : "≥")} {check.Bound:0.####}"),
                S(check.Value),
                E(check.Reason is null ? check.Outcome : $"{check.Outcome}: {check.Reason}"),
            ])));
    }

    private void Comparison()
    {
        if (report.Models.Count < 2)
        {
            return;
        }

        Paragraph("## Comparison");
        Compare("F1, pooled over all pixels", organ => organ.Pooled.F1, mean => mean.Pooled);
        Compare("F1, mean per image", organ => organ.PerImage.F1, mean => mean.PerImage);
        Compare("F1, mean per patient", organ => organ.PerPatient.F1, mean => mean.PerPatient);
        foreach (var pair in report.Comparisons)
        {
            Compare(pair);
        }
    }

    private void Compare(string title, Func<OrganScores, double?> f1, Func<MeanF1OverOrgans, double?> mean)
    {
        Paragraph($"### {title}");
        Paragraph(MarkdownText.Table(
            ["Model", .. report.Models[0].Organs.Select(organ => E(organ.Organ)), "mean"],
            report.Models.Select(model => (IReadOnlyList<string>)
                [E(model.Title), .. model.Organs.Select(organ => S(f1(organ))), S(mean(model.MeanF1))])));
    }

    private void Compare(ModelPair pair)
    {
        Paragraph($"### {E(pair.First)} against {E(pair.Second)}");
        Paragraph($"{E(pair.Metric)}; differences are first minus second. Wilcoxon's signed-rank test decides, corrected by Holm over the organs.");
        Paragraph(MarkdownText.Table(
            ["Organ", "Patients", "Mean difference", "95 % interval", "p", "p, Holm", "p, permutation", "d\\_z"],
            pair.Organs.Select(organ => (IReadOnlyList<string>)
            [
                E(organ.Organ),
                MarkdownText.Count(organ.Pairs),
                Signed(organ.MeanDifference.Estimate),
                MarkdownText.Interval(organ.MeanDifference.Low, organ.MeanDifference.High),
                S(organ.SignedRank?.P),
                S(organ.AdjustedP),
                S(organ.Permutation?.P),
                Signed(organ.CohenDz),
            ])));
        Paragraph(string.Join('\n', pair.Organs.Select(organ =>
            $"- **{E(organ.Organ)}**: {E(string.Join(' ', [organ.Verdict.Sentence, .. organ.Verdict.Warnings]))}")));
    }

    private static string Signed(double? value) =>
        value is { } defined ? FormattableString.Invariant($"{defined:+0.0000;−0.0000;0.0000}") : MarkdownText.Undefined;

    private void Model(ModelReport model)
    {
        Paragraph($"## {E(model.Title)}");
        if (model.Architecture is not null)
        {
            Paragraph(E(model.Architecture + (model.TrainedOn is null ? "" : $", trained on {model.TrainedOn}")) + ".");
        }

        Scores("Pooled over all pixels", model, organ => (organ.Pooled.Precision, organ.Pooled.Recall, organ.Pooled.F1, null), model.MeanF1.Pooled);
        Scores("Mean per image", model, organ => (organ.PerImage.Precision, organ.PerImage.Recall, organ.PerImage.F1, organ.PerImage.Defined), model.MeanF1.PerImage);
        Scores("Mean per patient", model, organ => (organ.PerPatient.Precision, organ.PerPatient.Recall, organ.PerPatient.F1, organ.PerPatient.Defined), model.MeanF1.PerPatient);
        Absences(model);
        Surfaces(model);
        Sizes(model);
        Intervals(model);
        Confusion(model.ConfusionMatrix);
        Robustness(model);
    }

    private void Scores(
        string title, ModelReport model, Func<OrganScores, (double? Precision, double? Recall, double? F1, DefinedCounts? Defined)> values, double? mean)
    {
        Paragraph($"### {title}");
        Paragraph(MarkdownText.Table(
            ["Organ", "Precision", "Recall", "F1", "n (P, R, F1)"],
            [
                .. model.Organs.Select(organ => (IReadOnlyList<string>)
                [
                    E(organ.Organ),
                    S(values(organ).Precision),
                    S(values(organ).Recall),
                    S(values(organ).F1),
                    values(organ).Defined is { } n ? $"{n.Precision}, {n.Recall}, {n.F1}" : "",
                ]),
                ["**Mean of organs**", "", "", S(mean), ""],
            ]));
    }

    private void Absences(ModelReport model)
    {
        Paragraph("### Absent organs");
        Paragraph($"Policy **{E(report.Measures.Absence)}**: {E(report.Measures.AbsenceMeaning)} {E(AbsencePolicies.Decided(report.Measures.Absence))}");
        var images = MeasuresSection.Units(report.Measures);
        Paragraph(MarkdownText.Table(
            ["Organ", $"{images}, in neither", "missed", "only predicted", "Patients, in neither", "missed", "only predicted"],
            model.Organs.Select(organ => (IReadOnlyList<string>)
            [
                E(organ.Organ),
                MarkdownText.Count(organ.ImagesAbsentInBoth),
                MarkdownText.Count(organ.ImagesMissed),
                MarkdownText.Count(organ.ImagesInvented),
                MarkdownText.Count(organ.PatientsAbsentInBoth),
                MarkdownText.Count(organ.PatientsMissed),
                MarkdownText.Count(organ.PatientsInvented),
            ])));
    }

    private void Surfaces(ModelReport model)
    {
        var unit = report.Measures.DistanceUnit;
        Paragraph("### Overlap and surfaces");
        Paragraph(FormattableString.Invariant(
            $"IoU, specificity, volumetric similarity and the first surface Dice (NSD at {report.Measures.Tolerance:0.###} {unit}) are pooled over all pixels, the rest are means over n patients; distances in {unit}."));
        Paragraph(MarkdownText.Table(
            ["Organ", "IoU", "Specificity", "Vol. similarity", "NSD", "NSD per patient", "n", "HD", "HD95", "HD95, MedPy", "ASSD", "n"],
            model.Organs.Select(organ => (IReadOnlyList<string>)
            [
                E(organ.Organ),
                S(organ.Pooled.Iou),
                S(organ.Pooled.Specificity),
                S(organ.Pooled.VolumetricSimilarity),
                S(organ.Pooled.Nsd),
                S(organ.PerPatient.Nsd),
                MarkdownText.Count(organ.PerPatient.Defined.Nsd),
                S(organ.PerPatient.Hd),
                S(organ.PerPatient.Hd95),
                S(organ.PerPatient.Hd95Medpy),
                S(organ.PerPatient.Assd),
                MarkdownText.Count(organ.PerPatient.Defined.Distances),
            ])));
    }

    private void Sizes(ModelReport model)
    {
        if (model.Organs[0].Size is not { Unit: var unit })
        {
            return;
        }

        Paragraph($"### {(unit == "mL" ? "Volumes" : "Sizes")}");
        Paragraph($"Predicted minus reference, by patient, in {unit}; limits of agreement after Bland and Altman.");
        Paragraph(MarkdownText.Table(
            ["Organ", "Patients", "Mean error", "Mean absolute error", "Mean relative error", "Limits of agreement"],
            model.Organs.Select(organ => (IReadOnlyList<string>)
            [
                E(organ.Organ),
                MarkdownText.Count(organ.Size!.Patients),
                Signed(organ.Size.MeanError),
                S(organ.Size.MeanAbsoluteError),
                Signed(organ.Size.MeanRelativeError),
                MarkdownText.Interval(organ.Size.Agreement?.LowerLimit.Estimate, organ.Size.Agreement?.UpperLimit.Estimate),
            ])));
    }

    private void Intervals(ModelReport model)
    {
        if (model.Organs.All(organ => organ.Intervals is null))
        {
            return;
        }

        Paragraph("### How sure F1 is");
        Paragraph("95 % confidence intervals, resampled by patient: how far the value may be off because these patients were evaluated and not others.");
        Paragraph(MarkdownText.Table(
            ["Organ", "Pooled F1", "95 % interval", "n", "Method", "Mean F1 per patient", "95 % interval", "n", "Method"],
            model.Organs.Where(organ => organ.Intervals is not null).Select(organ => (IReadOnlyList<string>)
            [
                E(organ.Organ),
                S(organ.Intervals!.Pooled.Estimate),
                MarkdownText.Interval(organ.Intervals.Pooled.Low, organ.Intervals.Pooled.High),
                MarkdownText.Count(organ.Intervals.Pooled.Units),
                E(StatisticsSection.Method(organ.Intervals.Pooled.Method)),
                S(organ.Intervals.PerPatient.Estimate),
                MarkdownText.Interval(organ.Intervals.PerPatient.Low, organ.Intervals.PerPatient.High),
                MarkdownText.Count(organ.Intervals.PerPatient.Units),
                E(StatisticsSection.Method(organ.Intervals.PerPatient.Method)),
            ])));
    }

    private void Confusion(ConfusionReport matrix)
    {
        Paragraph("### Confusion matrix");
        Paragraph("Rows: reference. Columns: prediction. Pixels.");
        Paragraph(MarkdownText.Table(
            ["", .. matrix.Classes.Select(E)],
            matrix.Classes.Select((name, row) => (IReadOnlyList<string>)[E(name), .. matrix.Pixels[row].Select(MarkdownText.Count)])));
    }

    private void Robustness(ModelReport model)
    {
        if (model.Robustness is not { Count: > 0 } curves || report.Robustness is not { } sweep)
        {
            return;
        }

        Paragraph("### Robustness");
        Paragraph(FormattableString.Invariant(
            $"The severity, interpolated, at which less than {100 * sweep.KeptShare:0.##} % of an organ's unperturbed F1 is left; {sweep.Slices} slices of {sweep.Patients} patients, seed {sweep.Seed}."));
        Paragraph(MarkdownText.Table(
            ["Perturbation", "Up to", .. curves[0].Organs.Select(organ => E(organ.Organ))],
            curves.Select(curve => (IReadOnlyList<string>)
            [
                E(curve.Perturbation),
                E(FormattableString.Invariant($"{curve.Severities[^1]:0.####} {curve.Unit}")),
                .. curve.Organs.Select(organ => organ.BreakPoint is { } at ? FormattableString.Invariant($"{at:0.##}") : "not in the series"),
            ])));
    }

    private void NearDuplicates()
    {
        if (report.NearDuplicates is not { } search)
        {
            return;
        }

        Paragraph("## Near-duplicates across the split");
        Paragraph(E(NearDuplicatesSection.Summary(search)));
        if (search.Pairs.Count > 0)
        {
            Paragraph(MarkdownText.Table(
                ["Case", "Slice", "Other side", "Case", "Slice", "Similarity"],
                search.Pairs.Select(pair => (IReadOnlyList<string>)
                [
                    E(pair.Case), E(pair.Slice), E($"{pair.OtherDataset} {pair.OtherSplit}"), E(pair.OtherCase), E(pair.OtherSlice), S(pair.Similarity),
                ])));
        }
    }

    private void Figures()
    {
        if (report.Figures.Count == 0)
        {
            return;
        }

        Paragraph("## Figures");
        foreach (var figure in report.Figures)
        {
            Paragraph($"![{E(figure.Title)}]({figure.File})");
            Paragraph($"**{E(figure.Title)}**{(figure.Reason is null ? "" : $" ({E(figure.Reason)})")}: {E(figure.Caption)}");
        }
    }

    private void Definitions()
    {
        var texts = report.Aggregations;
        Paragraph("## How the numbers are made");
        Paragraph($"""
            - **Precision, recall, F1**: TP/(TP+FP), TP/(TP+FN) and 2TP/(2TP+FP+FN) in pixels of one organ against everything else. F1 is the Dice coefficient. Background is not an organ and enters no mean.
            - **Pooled over all pixels**: {E(texts.Pooled)}
            - **Mean per image**: {E(texts.PerImage)}
            - **Mean per patient**: {E(texts.PerPatient)}
            - **Undefined values** ({MarkdownText.Undefined}): {E(texts.Undefined)} {E(report.Measures.AbsenceMeaning)}
            {string.Join('\n', MeasuresSection.Texts(report.Measures).Select(entry => $"- **{E(entry.Term)}**: {E(entry.Meaning)}"))}
            """.ReplaceLineEndings("\n"));
        if (report.Dataset is { } dataset)
        {
            Paragraph($"Predictions and references are compared at {dataset.Size}×{dataset.Size} pixels, as stored in the dataset.");
        }
    }
}
