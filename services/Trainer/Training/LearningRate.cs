using OrganSeg.Trainer.Specifications;

namespace OrganSeg.Trainer.Training;

/// <summary>The learning rate as a function of how much of the run is done, so that it needs no state.</summary>
internal static class LearningRate
{
    // One-cycle begins at a 25th of the peak and ends at a 2,500th: late steps still move a little.
    private const double StartDivisor = 25;
    private const double EndDivisor = 2500;

    /// <param name="spec">Peak, schedule and warm-up.</param>
    /// <param name="progress">Part of the planned run that is done, 0…1.</param>
    public static double At(RunSpecification spec, double progress)
    {
        var peak = spec.LearningRate;
        progress = Math.Clamp(progress, 0, 1);
        if (progress < spec.WarmUp)
        {
            var risen = progress / spec.WarmUp;
            return spec.Schedule == Schedule.OneCycle
                ? Between(peak / StartDivisor, peak, risen)
                : peak * Math.Max(risen, 1 / StartDivisor);
        }

        var fallen = (progress - spec.WarmUp) / (1 - spec.WarmUp);
        return spec.Schedule switch
        {
            Schedule.OneCycle => Between(peak, peak / EndDivisor, fallen),
            Schedule.Cosine => Between(peak, 0, fallen),
            Schedule.Poly => peak * Math.Pow(1 - fallen, spec.PolyPower),
            _ => peak,
        };
    }

    /// <summary>Half a cosine from one value to the other.</summary>
    private static double Between(double from, double to, double part) =>
        to + (from - to) * (1 + Math.Cos(Math.PI * part)) / 2;
}
