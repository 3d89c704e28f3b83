namespace OrganSeg.Evaluator.Figures;

/// <summary>One organ's volume in one patient.</summary>
/// <param name="PredictedMl">In the prediction, in millilitres.</param>
/// <param name="ReferenceMl">In the reference, in millilitres.</param>
internal readonly record struct PatientVolumes(double PredictedMl, double ReferenceMl);
