namespace OrganSeg.Evaluator.Reports;

/// <summary>How much was evaluated.</summary>
internal sealed record ReportCounts(int Slices, int Patients, long Pixels);
