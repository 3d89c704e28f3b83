namespace OrganSeg.Evaluator.Auditing;

/// <summary>The audit of a table.</summary>
/// <param name="Rows">In the order of the table.</param>
/// <param name="Findings">What concerns the table as a whole, a sentence each.</param>
internal sealed record AuditResult(IReadOnlyList<AuditedRow> Rows, IReadOnlyList<string> Findings)
{
    /// <summary>Rows that no rounding explains.</summary>
    public int Flagged => Rows.Count(row => row.Status == RowStatus.Inconsistent);
}
