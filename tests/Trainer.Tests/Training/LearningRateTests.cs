using OrganSeg.Trainer.Specifications;
using OrganSeg.Trainer.Tests.Support;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Tests.Training;

public sealed class LearningRateTests
{
    // By hand: a cosine half-way is the mean of its ends; a quarter of the way cos(π/4) = √½ of the way from the middle.
    [Theory]
    [InlineData(Schedule.Constant, 0, 0.7, 1)]
    [InlineData(Schedule.Constant, 0.5, 0.25, 0.5)]
    [InlineData(Schedule.Cosine, 0, 0, 1)]
    [InlineData(Schedule.Cosine, 0, 0.5, 0.5)]
    [InlineData(Schedule.Cosine, 0, 0.25, 0.85355339059)]
    [InlineData(Schedule.Cosine, 0, 1, 0)]
    // (1 − ½)^0.9 and (1 − ¾)^0.9.
    [InlineData(Schedule.Poly, 0, 0.5, 0.53588673126)]
    [InlineData(Schedule.Poly, 0.2, 0.8, 0.28717458875)]
    [InlineData(Schedule.Poly, 0, 1, 0)]
    [InlineData(Schedule.Plateau, 0, 0.9, 1)]
    [InlineData(Schedule.OneCycle, 0.2, 0, 0.04)]
    [InlineData(Schedule.OneCycle, 0.2, 0.1, 0.52)]
    [InlineData(Schedule.OneCycle, 0.2, 0.2, 1)]
    [InlineData(Schedule.OneCycle, 0.2, 0.6, 0.5002)]
    [InlineData(Schedule.OneCycle, 0.2, 1, 0.0004)]
    [InlineData(Schedule.OneCycle, 0.2, 1.1, 0.0004)]
    // PyTorch 2.6: CosineAnnealingLR(T_max 10) and PolynomialLR(total_iters 10, power 0.9) after 3 steps, OneCycleLR(total_steps
    // 105, pct_start 0.2: its peak is step 20, its end step 104) at steps 7 and 41.
    [InlineData(Schedule.Cosine, 0, 0.3, 0.7938926261462366)]
    [InlineData(Schedule.Poly, 0, 0.3, 0.7254178469372199)]
    [InlineData(Schedule.OneCycle, 0.2, 0.07, 0.3020845601250176)]
    [InlineData(Schedule.OneCycle, 0.2, 0.4, 0.8536119692370364)]
    internal void At_Progress_FollowsTheSchedule(Schedule schedule, double warmUp, double progress, double expected)
    {
        var spec = TinyData.Specification with { LearningRate = 1, Schedule = schedule, WarmUp = warmUp };

        Assert.Equal(expected, LearningRate.At(spec, progress), 1e-9);
    }
}
