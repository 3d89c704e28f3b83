namespace OrganSeg.Trainer.Training;

/// <summary>One step of training.</summary>
/// <param name="Epoch">1 for the first.</param>
/// <param name="Step">Steps done in the run, this one included.</param>
/// <param name="StepsPerEpoch">Steps in an epoch.</param>
/// <param name="Loss">Mean loss of the batch.</param>
/// <param name="ImagesPerSecond">Slices trained on in a second of this step.</param>
/// <param name="LearningRate">The learning rate used.</param>
internal sealed record StepResult(
    int Epoch, long Step, int StepsPerEpoch, double Loss, double ImagesPerSecond, double LearningRate)
{
    /// <summary>Euclidean norm of all gradients, before they were shortened.</summary>
    public double GradientNorm { get; init; }
}
