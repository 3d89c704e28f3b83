namespace OrganSeg.Evaluator.Reports;

/// <summary>Pixel counts: a row a class of the reference, a column a class of the prediction.</summary>
internal sealed record ConfusionReport(IReadOnlyList<string> Classes, string Rows, string Columns, long[][] Pixels);
