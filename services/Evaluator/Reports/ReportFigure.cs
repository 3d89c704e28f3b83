namespace OrganSeg.Evaluator.Reports;

/// <summary>A stored picture: input, reference and each model's prediction of one slice.</summary>
/// <param name="File">Such as <c>figures/panel-01.png</c>.</param>
/// <param name="Slice">The slice.</param>
/// <param name="Case">Its patient.</param>
/// <param name="Reason">Why it was chosen.</param>
/// <param name="Columns">What the tiles show, from the left.</param>
/// <param name="MeanF1">By model: mean F1 of this slice over its organs; null when undefined.</param>
internal sealed record ReportFigure(
    string File,
    string Slice,
    string Case,
    string Reason,
    IReadOnlyList<string> Columns,
    IReadOnlyDictionary<string, double?> MeanF1);
