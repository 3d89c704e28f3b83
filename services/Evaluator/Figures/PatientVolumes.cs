namespace OrganSeg.Evaluator.Figures;

/// <summary>One organ's volume in one patient, or whatever else its size is given as.</summary>
/// <param name="Predicted">In the prediction.</param>
/// <param name="Reference">In the reference.</param>
internal readonly record struct PatientVolumes(double Predicted, double Reference);
