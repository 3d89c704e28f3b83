namespace OrganSeg.Evaluator.Figures;

/// <summary>One organ's volume in one patient.</summary>
/// <param name="Predicted">In the prediction, in millilitres.</param>
/// <param name="Reference">In the reference, in millilitres.</param>
internal readonly record struct PatientVolumes(double Predicted, double Reference);
