using OrganSeg.Cli.Terminal;
using OrganSeg.Cli.Work;
using OrganSeg.V1;

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

        foreach (var model in report.Models.Where(model => model.Robustness is not null))
        {
            ShowRobustness(output, model);
        }
    }

    /// <summary>What became of a gate, if there was one.</summary>
    public static void Show(Output output, GateResult? gate, string? file)
    {
        if (gate is null)
        {
            return;
        }

        foreach (var failure in gate.Failures)
        {
            output.Error($"gate {file}: {failure}");
        }

        output.Line(gate.Passed
            ? $"gate {file}: passed, all {gate.Checks} bounds hold"
            : $"gate {file}: failed, {gate.Failures.Count} of {gate.Checks} bounds do not hold");
    }

    private static void ShowRobustness(Output output, ReportSummary.ModelScores model)
    {
        output.Table(
            ["model", "perturbation", "up to", .. model.Organs.Select(organ => $" {organ.Organ}"), .. model.Organs.Select(organ => $" {organ.Organ} breaks at")],
            model.Robustness!.Select(curve => (IReadOnlyList<string>)
            [
                model.Name,
                curve.Perturbation,
                $"{curve.Severities[^1]:0.##} {curve.Unit}",
                .. curve.Organs.Select(organ => Format.Score(organ.F1[^1])),
                .. curve.Organs.Select(organ => organ.BreakPoint is { } at ? $"{at:0.##}" : "–"),
            ]));
        output.Line("F1 at the strongest perturbation, and the severity at which an organ breaks");
    }
}
