using OrganSeg.Trainer.Specifications;
using OrganSeg.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Tests.Training;

public sealed class LossesTests
{
    // Two classes, two pixels. Logit differences ln 3 and 0 give p(organ) = 0.75 and 0.5; the first pixel is organ.
    private static readonly double CrossEntropy = -(Math.Log(0.75) + Math.Log(0.5)) / 2;

    // Σpg = 0.75, Σp = 1.25, Σg = 1, one pixel of smoothing in numerator and denominator.
    private const double Dice = (2 * 0.75 + 1) / (1.25 + 1 + 1);

    [Fact]
    public void Of_CrossEntropy_IsTheMeanOverPixels()
    {
        using var scope = NewDisposeScope();
        var (logits, labels) = Example();

        Assert.Equal(CrossEntropy, Losses.Of(Loss.CrossEntropy, logits, labels).ToSingle(), 1e-6);
    }

    [Fact]
    public void Of_CeDice_AddsTheSoftDiceLossOfTheOrgans()
    {
        using var scope = NewDisposeScope();
        var (logits, labels) = Example();

        Assert.Equal(CrossEntropy + 1 - Dice, Losses.Of(Loss.CeDice, logits, labels).ToSingle(), 1e-6);
    }

    [Fact]
    public void Of_CeDice_HasTheGradientOfItsFiniteDifference()
    {
        using var scope = NewDisposeScope();
        var (logits, labels) = Example();
        var start = logits.to(float64);
        var variable = start.clone().requires_grad_(true);
        Losses.Of(Loss.CeDice, variable, labels).backward();
        var gradient = variable.grad!.flatten().data<double>().ToArray();

        const double Step = 1e-5;
        for (var i = 0; i < gradient.Length; i++)
        {
            var offset = zeros_like(start);
            offset.view(-1)[i] = Step;
            var difference = Losses.Of(Loss.CeDice, start.add(offset), labels).ToDouble()
                - Losses.Of(Loss.CeDice, start.sub(offset), labels).ToDouble();
            Assert.Equal(difference / (2 * Step), gradient[i], 1e-6);
        }
    }

    private static (Tensor Logits, Tensor Labels) Example()
    {
        var log3 = (float)Math.Log(3);
        return (tensor(new float[] { 0, 0, log3, 0 }).reshape(1, 2, 1, 2), tensor(new byte[] { 1, 0 }).reshape(1, 1, 2));
    }
}
