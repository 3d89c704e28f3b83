using OrganSeg.Evaluator.Robustness;
using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Reports;

/// <summary>All figures of a report.</summary>
internal static class ReportFigures
{
    /// <param name="schema">The classes.</param>
    /// <param name="models">Their counts and label maps; each has the same slices.</param>
    /// <param name="scores">Their scores, in the same order.</param>
    /// <param name="counts">How much they were scored on.</param>
    /// <param name="comparisons">Their pairs.</param>
    /// <param name="sweep">How perturbations were swept; null where they were not.</param>
    /// <param name="readSlices">Reads the slices that are shown.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>Charts first, slices last.</returns>
    public static async Task<IReadOnlyList<DrawnFigure>> DrawAsync(
        LabelSchema schema,
        IReadOnlyList<ScoredModel> models,
        IReadOnlyList<ModelReport> scores,
        ReportCounts counts,
        IReadOnlyList<ModelPair> comparisons,
        RobustnessInformation? sweep,
        ReportWriter.SliceReader readSlices,
        CancellationToken cancellationToken)
    {
        var panels = new ReportPanels(schema, models);
        var slices = await readSlices(panels.Wanted, cancellationToken);
        return [.. ReportCharts.Draw(scores, counts, comparisons, sweep), .. panels.Draw(slices)];
    }
}
