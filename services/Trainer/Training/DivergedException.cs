namespace OrganSeg.Trainer.Training;

/// <summary>The loss or the gradients are not finite any more, or the loss has exploded; the weights have not moved.</summary>
internal sealed class DivergedException(string diagnosis) : Exception(diagnosis);
