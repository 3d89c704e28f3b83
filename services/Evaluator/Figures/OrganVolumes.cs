namespace OrganSeg.Evaluator.Figures;

/// <summary>One organ's sizes, such as volumes, predicted and in the reference.</summary>
/// <param name="Organ">Name in the label schema.</param>
/// <param name="Patients">Those in which both are known.</param>
internal sealed record OrganVolumes(string Organ, IReadOnlyList<PatientVolumes> Patients);
