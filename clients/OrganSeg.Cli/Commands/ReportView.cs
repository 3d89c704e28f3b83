using OrganSeg.Cli.Terminal;
using OrganSeg.Cli.Work;

namespace OrganSeg.Cli.Commands;

/// <summary>How reports are shown.</summary>
internal static class ReportView
{
    public static void Show(Output output, ReportSummary report)
    {
        output.Table(
            ["model", "organ", " precision", " recall", " F1", " F1 per image", " F1 per patient"],
            report.Models.SelectMany(model => model.Organs, (model, organ) => (IReadOnlyList<string>)
            [
                model.Name,
                organ.Organ,
                Format.Score(organ.Pooled?.Precision),
                Format.Score(organ.Pooled?.Recall),
                Format.Score(organ.Pooled?.F1),
                Format.Score(organ.PerImage?.F1),
                Format.Score(organ.PerPatient?.F1),
            ]));
        output.Line("precision, recall and F1 are pooled over the pixels of all slices");
        foreach (var warning in report.Warnings ?? [])
        {
            output.Warning(warning.Message);
        }
    }
}
