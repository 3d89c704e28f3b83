using OrganSeg.Trainer.Specifications;

namespace OrganSeg.Trainer.Training;

/// <summary>
/// The side of training slices as a function of how much of the run is done: small at first, when only what is coarse is
/// learned, and growing to the dataset's own (progressive learning, arXiv:2104.00298).
/// </summary>
internal static class TrainingSize
{
    // What the networks halve four times.
    private const int Multiple = 16;

    /// <param name="spec">First side, and the part of the run over which it grows.</param>
    /// <param name="full">The dataset's side, pixels, a multiple of 16.</param>
    /// <param name="progress">Part of the planned run that is done, 0…1.</param>
    /// <returns>A multiple of 16 up to <paramref name="full"/>.</returns>
    public static int At(RunSpecification spec, int full, double progress)
    {
        if (spec.StartSize is not { } start || start >= full || progress >= spec.Growth)
        {
            return full;
        }

        var side = start + ((full - start) * progress / spec.Growth);
        return Math.Clamp((int)Math.Round(side / Multiple) * Multiple, Multiple, full);
    }
}
