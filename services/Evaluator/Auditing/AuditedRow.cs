namespace OrganSeg.Evaluator.Auditing;

/// <summary>A row of a published table after its audit. All values are fractions; null where a value is missing.</summary>
/// <param name="Row">As printed.</param>
/// <param name="Status">What the audit says.</param>
/// <param name="Harmonic">2PR/(P + R) of the printed P and R.</param>
/// <param name="LowestF1">Smallest F1 that P and R allow before they were rounded.</param>
/// <param name="HighestF1">Largest.</param>
/// <param name="Difference">Printed F1 minus <paramref name="Harmonic"/>.</param>
/// <param name="Unexplained">Part of the difference that no rounding explains, 0 or above.</param>
/// <param name="Explanation">In words, and what averaging probably happened; empty when consistent.</param>
internal sealed record AuditedRow(
    PrintedRow Row,
    RowStatus Status,
    decimal? Harmonic,
    decimal? LowestF1,
    decimal? HighestF1,
    decimal? Difference,
    decimal? Unexplained,
    string Explanation);
