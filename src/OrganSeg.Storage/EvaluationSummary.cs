namespace OrganSeg.Storage;

/// <summary>A line of a model card's history.</summary>
/// <param name="ReportId">The report.</param>
/// <param name="EvaluatedAt">When it was written.</param>
/// <param name="Dataset">As <c>name@version</c>.</param>
/// <param name="Split">The side of its split.</param>
/// <param name="Variant">Form of the model, such as <c>int8</c>.</param>
/// <param name="MeanF1">Mean over the organs of F1 pooled over all pixels; null when undefined.</param>
public sealed record EvaluationSummary(
    string ReportId, DateTimeOffset EvaluatedAt, string Dataset, string Split, string? Variant = null, double? MeanF1 = null);
