namespace OrganSeg.Evaluator.Auditing;

/// <summary>A row of a published table; a value is null where the table has none.</summary>
/// <param name="Line">Where the row begins, from 1.</param>
/// <param name="Model">As printed.</param>
/// <param name="Organ">As printed.</param>
/// <param name="Precision">P.</param>
/// <param name="Recall">R.</param>
/// <param name="F1">The row's own F1, or Dice, which is the same.</param>
internal sealed record PrintedRow(
    int Line, string Model, string Organ, PrintedScore? Precision, PrintedScore? Recall, PrintedScore? F1);
