using OrganSeg.Evaluator.Figures;
using ScottPlot;

namespace OrganSeg.Experiments;

/// <summary>
/// One network, trained in one way, and scored ever closer to its training slices: on other patients, on other slices of the same
/// patients, and on the training slices themselves; beside them the paper's Table I.
/// </summary>
/// <param name="steps">Titles and scores, the honest one first; a step that was not run is null.</param>
internal sealed class LeakageLadder(IReadOnlyList<(string Title, ExperimentResult? Result)> steps)
{
    /// <summary>The rungs for one specification.</summary>
    public static LeakageLadder Of(IEnumerable<ExperimentResult> results, string specification)
    {
        var found = results.Where(result => result.Name == specification).ToDictionary(result => result.Protocol, StringComparer.Ordinal);
        return new LeakageLadder(
        [
            ("other patients (A)", found.GetValueOrDefault("by-patient")),
            ("other slices (B, leaky)", found.GetValueOrDefault("by-slice")),
            ("training slices (C)", found.GetValueOrDefault("resubstitution")),
        ]);
    }

    /// <summary>A Markdown table of F1, pooled.</summary>
    public string ToMarkdown()
    {
        var lines = new List<string>
        {
            $"| organ | {string.Join(" | ", steps.Select(step => step.Title))} | the paper's Table I |",
            $"|---|{string.Concat(steps.Select(_ => "---|"))}---|",
        };
        lines.AddRange(PublishedTable.OrganSegNet.Select(paper =>
            $"| {paper.Key} | {string.Join(" | ", steps.Select(step => ResultTables.Score(Organ(step.Result, paper.Key)?.F1)))} | {ResultTables.Score(paper.Value)} |"));
        return string.Join('\n', lines);
    }

    /// <summary>The same as a figure: a line an organ.</summary>
    /// <returns>A PNG file.</returns>
    public byte[] ToPng()
    {
        var plot = FigureStyle.NewPlot("", "", "F1, pooled over all pixels");
        var organs = PublishedTable.OrganSegNet.Keys.ToList();
        for (var o = 0; o < organs.Count; o++)
        {
            (int At, double F1)? last = null;
            for (var s = 0; s <= steps.Count; s++)
            {
                var organ = s < steps.Count ? Organ(steps[s].Result, organs[o]) : null;
                if ((s < steps.Count ? organ?.F1 : PublishedTable.OrganSegNet[organs[o]]) is not { } f1)
                {
                    continue;
                }

                if (last is { } before)
                {
                    plot.Stroke(before.At, before.F1, s, f1, FigureStyle.Organ(o), s == steps.Count ? 1 : 2.5f);
                }

                plot.Whisker(s, organ?.Low, organ?.High, 0.04, FigureStyle.Organ(o));
                plot.Mark(s, f1, s == steps.Count ? MarkerShape.FilledDiamond : MarkerShape.FilledCircle, 11, FigureStyle.Organ(o));
                last = (s, f1);
            }
        }

        plot.NameBottom([.. steps.Select((step, at) => ((double)at, step.Title.Replace(" (", "\n(", StringComparison.Ordinal))), (steps.Count, "the paper's\nTable I")]);
        plot.ScoreLeft(0, 1, 0.06);
        plot.Axes.SetLimitsX(-0.5, steps.Count + 0.5);
        return new FigureSheet("F1 from other patients to the training slices themselves", [plot], (760, 420))
        {
            Legend =
            [
                .. FigureStyle.Organs(organs, LegendMark.Area),
                .. steps.Any(step => step.Result?.Organs.Any(organ => organ.Low is not null) == true)
                    ? [new LegendEntry("95 % interval, by patient", FigureStyle.Ink, LegendMark.Line)]
                    : Array.Empty<LegendEntry>(),
            ],
        }.ToPng();
    }

    private static OrganResult? Organ(ExperimentResult? result, string name) => result?.Organs.FirstOrDefault(organ => organ.Organ == name);
}
