namespace OrganSeg.Evaluator.Metrics;

/// <summary>One organ of one patient, from the counts of all of its images.</summary>
/// <param name="Patient">Name of the case.</param>
/// <param name="Precision">0…1, or null where undefined.</param>
/// <param name="Recall">Likewise.</param>
/// <param name="F1">Likewise.</param>
internal sealed record PatientScores(string Patient, double? Precision, double? Recall, double? F1);
