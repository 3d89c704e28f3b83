namespace OrganSeg.Evaluator.Reports;

/// <summary>A figure and its picture.</summary>
/// <param name="Figure">What the report says of it.</param>
/// <param name="Png">A PNG file.</param>
internal sealed record DrawnFigure(ReportFigure Figure, byte[] Png);
