namespace OrganSeg.Evaluator.Reports;

/// <summary>Something a reader must know before believing a number.</summary>
/// <param name="Code">Stable name, such as <c>trained-on-evaluated-cases</c>.</param>
/// <param name="Severity"><c>serious</c>: the scores are not what they seem; <c>note</c>: they mean less than hoped.</param>
/// <param name="Model">The model concerned, or null for all.</param>
/// <param name="Message">One or two sentences.</param>
internal sealed record ReportWarning(string Code, string Severity, string? Model, string Message)
{
    public const string Serious = "serious";
    public const string Note = "note";
}
