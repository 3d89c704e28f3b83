using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using OrganSeg.Imaging;

namespace OrganSeg.Storage;

/// <summary>
/// Renders the card of a model version: what it is, what it is for, what it learned from, how well it does, and where it fails, in
/// the sections of M. Mitchell et al., <i>Model Cards for Model Reporting</i>, FAT* 2019.
/// </summary>
/// <param name="model">The version.</param>
/// <param name="dataset">What it learned from; null where that is not at hand.</param>
/// <param name="parity">Its parity certificate, or null.</param>
/// <param name="quantization">Its quantization certificate, or null.</param>
/// <param name="evaluations">What was measured of it.</param>
internal sealed class ModelCard(
    ModelDocument model,
    DatasetManifest? dataset,
    ParityCertificate? parity,
    QuantizationCertificate? quantization,
    ModelCardEvaluations evaluations)
{
    private static readonly string Version =
        typeof(ModelCard).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    private readonly StringBuilder _text = new();

    /// <summary>The card as GitHub-flavoured Markdown, with the evaluations in a comment at its end.</summary>
    public string Render()
    {
        Paragraph($"# Model card: {E(model.Reference)}");
        Details();
        IntendedUse();
        TrainingData();
        Evaluation();
        Limits();
        Certificates();
        Reproduction();
        return _text.Append(evaluations.ToComment()).ToString();
    }

    private static string E(string? text) => MarkdownText.Escape(text);

    private static string S(double? value) => MarkdownText.Score(value);

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private void Paragraph(string text) => _text.Append(text.TrimEnd('\n')).Append("\n\n");

    private void List(IEnumerable<string> items) => Paragraph(string.Join('\n', items.Select(item => $"- {item}")));

    private void Details()
    {
        Paragraph("## Model details");
        var rows = new List<IReadOnlyList<string>>
        {
            new[] { "Model", E(model.Model) },
            new[] { "Version", E(model.Version) },
            new[] { "Digest", MarkdownText.Code(model.Digest) },
            new[] { "Architecture", E(model.Architecture) },
            new[] { "Classes", E(string.Join(", ", model.LabelSchema.Classes.Select(one => $"{one.Id} {one.Name}"))) },
            new[] { "Input", E(Input(model.Preprocessing)) },
            new[] { "Published", Time(model.PublishedAt) },
        };
        if (model.RunId is { } run)
        {
            rows.Add(["Run", MarkdownText.Code(run)]);
        }

        rows.AddRange(model.Files.Select(file => (IReadOnlyList<string>)
            [MarkdownText.Code(file.Key), $"{MarkdownText.Count(file.Value.Bytes)} bytes"]));
        Paragraph(MarkdownText.Table(["Fact", "Value"], rows));
        if (model.Specification is { ValueKind: JsonValueKind.Object } specification)
        {
            Paragraph("### Training settings");
            Paragraph(MarkdownText.Table(
                ["Setting", "Value"],
                specification.EnumerateObject().Select(setting => (IReadOnlyList<string>)[E(setting.Name), Setting(setting.Value)])));
        }

        if (model.Metrics.Count > 0)
        {
            Paragraph("### Measured in training");
            Paragraph(MarkdownText.Table(
                ["Measure", "Value"],
                model.Metrics.OrderBy(metric => metric.Key, StringComparer.Ordinal).Select(metric => (IReadOnlyList<string>)
                    [E(metric.Key), metric.Value.ToString("0.######", CultureInfo.InvariantCulture)])));
        }
    }

    private static string Setting(JsonElement value) =>
        value.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? MarkdownText.Code(value.GetRawText()) : E(value.ToString());

    private static string Input(PreprocessingRecipe recipe) =>
        $"axial CT slices, 8-bit grey, {recipe.Size}×{recipe.Size} pixels, "
        + (recipe is { WindowLowHu: { } low, WindowHighHu: { } high }
            ? FormattableString.Invariant($"window {low:0.##} to {high:0.##} HU")
            : "windowed before they were imported");

    private void IntendedUse()
    {
        Paragraph("## Intended use");
        Paragraph($"Research on the segmentation of {E(string.Join(", ", model.LabelSchema.Organs.Select(organ => organ.Name)))} "
            + "in axial CT slices, by people who can judge the outlines it draws.");
        Paragraph("**Out of scope.** Research use only, not for clinical use: it is not a medical device, and no diagnosis, treatment or "
            + "dose may depend on it. It is not meant for other modalities, other planes, other windows, or organs that are not in its classes.");
    }

    private void TrainingData()
    {
        Paragraph("## Training data");
        if (model.Notice is { } notice)
        {
            Paragraph($"**Terms and credits.** {E(notice)}");
        }

        if (model.Dataset is null)
        {
            Paragraph("The weights were imported: what they learned from is not known, and training on any evaluated case cannot be ruled out.");
            return;
        }

        var rows = new List<IReadOnlyList<string>>
        {
            new[] { "Dataset", E(model.Dataset) },
            new[] { "Digest", model.DatasetDigest is { } digest ? MarkdownText.Code(digest) : "not recorded" },
            new[] { "Cases learned from", model.TrainingCases.Count > 0 ? MarkdownText.Count(model.TrainingCases.Count) : "not recorded" },
            new[] { "Split", dataset is null ? "the dataset is not in this store" : E($"by {dataset.Split.Policy}") },
            new[] { "Leaky", model.Leaky ? "**yes**: slices of one patient, or nearly equal ones, are on more than one side" : "no" },
        };
        if (dataset is not null)
        {
            rows.Add(["Slices to learn from", MarkdownText.Count(dataset.Cases.Sum(one => one.Slices.Count(slice => slice.Split == DatasetSplit.Train)))]);
            rows.Add(["Slices that chose the weights", MarkdownText.Count(dataset.Cases.Sum(one => one.Slices.Count(slice => slice.Split == DatasetSplit.Validation)))]);
        }

        Paragraph(MarkdownText.Table(["Fact", "Value"], rows));
    }

    private void Evaluation()
    {
        Paragraph("## Evaluation");
        if (evaluations.Latest is not { } latest)
        {
            Paragraph("Not evaluated yet.");
            return;
        }

        Paragraph("### Evaluation data");
        Paragraph(MarkdownText.Table(
            ["Fact", "Value"],
            [
                ["Dataset", E(latest.Dataset)],
                ["Digest", MarkdownText.Code(latest.DatasetDigest)],
                ["Split", E($"{latest.Split} (by {latest.SplitPolicy}){(latest.Leaky ? ", leaky" : "")}")],
                ["Patients", MarkdownText.Count(latest.Patients)],
                ["Slices", MarkdownText.Count(latest.Slices)],
                ["Form of the model", E(latest.Variant ?? "not recorded")],
                ["Report", E($"{latest.ReportId}, {Time(latest.EvaluatedAt)}")],
            ]));
        Paragraph("### Warnings");
        List(latest.Warnings.Count == 0
            ? ["None."]
            : latest.Warnings.Select(warning => $"**{(warning.Serious ? "Warning" : "Note")}.** {E(warning.Message)}"));
        Paragraph("### Metrics");
        Paragraph("Precision, recall and F1 are pooled over all pixels of all slices; the mean per patient is over the patients' F1. "
            + "Intervals are 95 %, resampled by patient.");
        Paragraph(MarkdownText.Table(
            ["Organ", "Precision", "Recall", "F1, pooled", "95 % interval", "F1, mean per patient", "95 % interval"],
            [
                .. latest.Organs.Select(organ => (IReadOnlyList<string>)
                [
                    E(organ.Organ),
                    S(organ.Precision),
                    S(organ.Recall),
                    S(organ.F1),
                    MarkdownText.Interval(organ.Low, organ.High),
                    S(organ.PatientF1),
                    MarkdownText.Interval(organ.PatientLow, organ.PatientHigh),
                ]),
                ["**Mean of organs**", "", "", S(latest.MeanF1), "", "", ""],
            ]));
        Paragraph("### Evaluations so far");
        Paragraph(MarkdownText.Table(
            ["Report", "Written", "Dataset", "Split", "Form", "Mean F1, pooled"],
            evaluations.History.Select(one => (IReadOnlyList<string>)
                [E(one.ReportId), Time(one.EvaluatedAt), E(one.Dataset), E(one.Split), E(one.Variant ?? ""), S(one.MeanF1)])));
    }

    private void Limits()
    {
        Paragraph("## Limits");
        var limits = new List<string>
        {
            "It sees one slice at a time and nothing above or below it, so outlines of neighbouring slices need not fit together.",
            $"It knows {E(Input(model.Preprocessing))}. Detail finer than a pixel of that size is lost.",
        };
        if (evaluations.Latest is { } latest)
        {
            var absent = latest.Organs.Where(organ => organ.ReferencePixels == 0).Select(organ => organ.Organ).ToList();
            if (absent.Count > 0)
            {
                limits.Add($"The evaluated slices do not show {E(string.Join(", ", absent))}: nothing is known of how well it finds them.");
            }

            limits.AddRange(latest.Robustness
                .GroupBy(limit => (limit.Perturbation, limit.Unit))
                .Select(group => FormattableString.Invariant(
                    $"Under {E(group.Key.Perturbation)} less than {100 * latest.KeptShare:0.##} % of F1 is left: ")
                    + string.Join(", ", group.Select(limit => limit.BreaksAt is { } at
                        ? FormattableString.Invariant($"{E(limit.Organ)} from {at:0.##} {E(limit.Unit)} on")
                        : FormattableString.Invariant($"{E(limit.Organ)} not up to {limit.Highest:0.##} {E(limit.Unit)}")))
                    + "."));
            if (latest.Robustness.Count == 0)
            {
                limits.Add("How much noise, blur or another window it bears was not measured.");
            }
        }

        List(limits);
    }

    private void Certificates()
    {
        Paragraph("## Certificates");
        List(
        [
            parity is null
                ? "**Parity:** none."
                : FormattableString.Invariant(
                    $"**Parity:** {(parity.Passed ? "passed" : "failed")}. Exported and trained network agree on {100 * parity.LabelAgreement:0.####} % of {parity.Pixels} pixels of {parity.Samples} slices")
                    + (parity.Outputs.Count > 0
                        ? FormattableString.Invariant($"; relative error of {E(parity.Outputs[0].Name)} {parity.Outputs[0].RelativeL2:0.##E+0}, allowed {parity.Tolerance:0.##E+0}.")
                        : "."),
            .. quantization is null
                ? (string[])["**Quantization:** none; there is no 8-bit form."]
                : quantization.Variants.Where(variant => !variant.Passed || model.Files.ContainsKey(variant.File)).Select(variant => FormattableString.Invariant(
                    $"**Quantization:** {E(variant.Name)} {(variant.Passed ? "passed" : "failed")} on {quantization.ValidationSlices} {E(quantization.ValidationSplit)} slices of {E(quantization.Dataset)}; labels agree on {100 * variant.LabelAgreement:0.####} % of pixels")
                    + (variant.F1Change.Count > 0
                        ? FormattableString.Invariant($", F1 changes by {variant.F1Change.Values.Min():+0.0000;−0.0000;0.0000} at worst (allowed −{quantization.Tolerance:0.####}).")
                        : ".")),
        ]);
    }

    private void Reproduction()
    {
        Paragraph("## How to cite and reproduce");
        Paragraph($"Cite it as OrganSeg model {E(model.Reference)}, digest {MarkdownText.Code(model.Digest)}; the digest covers every file but this card.");
        var items = new List<string>
        {
            $"Code that made it: {(model.GitCommit is { } commit ? $"commit {MarkdownText.Code(commit)}" : "commit not recorded")}.",
        };
        if (model.Specification is not null && model.Dataset is not null)
        {
            items.Add($"Train again with the settings above on {E(model.Dataset)}; `model.json` has them whole.");
        }

        if (evaluations.Latest is { } latest)
        {
            items.Add($"Evaluate again with {MarkdownText.Code($"organseg evaluate --dataset {latest.Dataset} --split {latest.Split} --model {model.Reference}")}; "
                + $"the report was written by {E(latest.Software)}.");
        }

        items.Add($"This card was written by OrganSeg {E(Version)}.");
        List(items);
    }
}
