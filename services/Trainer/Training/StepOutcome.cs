namespace OrganSeg.Trainer.Training;

/// <summary>What a step of the session gives.</summary>
/// <param name="Loss">Mean loss of its batches, before the weights moved.</param>
/// <param name="GradientNorm">Euclidean norm of all gradients, before they were shortened.</param>
internal readonly record struct StepOutcome(double Loss, double GradientNorm);
