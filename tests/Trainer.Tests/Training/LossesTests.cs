using OrganSeg.Trainer.Specifications;
using OrganSeg.Trainer.Training;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Tests.Training;

public sealed class LossesTests
{
    // Two classes, two pixels. Logit differences ln 3 and 0 give p(organ) = 0.75 and 0.5; the first pixel is organ.
    private static readonly double CrossEntropy = -(Math.Log(0.75) + Math.Log(0.5)) / 2;

    // Σpg = 0.75, Σp = 1.25, Σg = 1, one pixel of smoothing in numerator and denominator.
    private const double Dice = (2 * 0.75 + 1) / (1.25 + 1 + 1);

    private static readonly double[] Weights = [0.5, 1, 2, 4];

    [Fact]
    public void Of_CrossEntropy_IsTheMeanOverPixels()
    {
        using var scope = NewDisposeScope();
        var (logits, labels) = Example();

        Assert.Equal(CrossEntropy, Value(new(Loss.CrossEntropy), logits, labels), 1e-6);
    }

    [Fact]
    public void Of_CeDice_AddsTheSoftDiceLossOfTheOrgans()
    {
        using var scope = NewDisposeScope();
        var (logits, labels) = Example();

        Assert.Equal(CrossEntropy + 1 - Dice, Value(new(Loss.CeDice), logits, labels), 1e-6);
    }

    // PyTorch 2.6 in double precision on the waves below: cross_entropy with weight, label_smoothing and ignore_index; the
    // other losses written out there from their papers, Lovász by the extension of the Jaccard set function itself.
    [Theory]
    [InlineData(Loss.CrossEntropy, false, 0, false, 2.105544631142228)]
    [InlineData(Loss.CrossEntropy, true, 0, false, 2.222930363107838)]
    [InlineData(Loss.CrossEntropy, false, 0.1, false, 2.106858528482992)]
    [InlineData(Loss.CrossEntropy, true, 0.1, false, 2.224517765323671)]
    [InlineData(Loss.CrossEntropy, false, 0, true, 2.0911723838325043)]
    [InlineData(Loss.CrossEntropy, true, 0.1, true, 2.4378141017659924)]
    [InlineData(Loss.Dice, false, 0, false, 0.6547397933524806)]
    [InlineData(Loss.Dice, false, 0, true, 0.6371088063656147)]
    [InlineData(Loss.CeDice, false, 0, false, 2.105544631142228 + 0.6547397933524806)]
    [InlineData(Loss.Tversky, false, 0, false, 0.661042545564106)]
    [InlineData(Loss.Focal, false, 0, false, 1.7004262812230906)]
    [InlineData(Loss.Focal, true, 0, false, 3.4314592836381315)]
    [InlineData(Loss.Lovasz, false, 0, false, 0.7253412042607805)]
    internal void Of_Waves_AgreesWithPyTorch(Loss loss, bool weighted, double smoothing, bool ignore, double expected)
    {
        using var scope = NewDisposeScope();
        var (logits, labels) = Waves();
        var options = new LossOptions(loss)
        {
            ClassWeights = weighted ? Weights : null,
            LabelSmoothing = smoothing,
            IgnoreLabel = ignore ? 3 : null,
        };

        Assert.Equal(expected, Value(options, logits, labels), 1e-9);
    }

    [Fact]
    public void Of_FocalWithoutFocus_IsCrossEntropy()
    {
        using var scope = NewDisposeScope();
        var (logits, labels) = Waves();

        Assert.Equal(
            Value(new(Loss.CrossEntropy), logits, labels), Value(new(Loss.Focal) { FocalGamma = 0 }, logits, labels), 1e-12);
    }

    [Fact]
    public void Of_TverskyWithEqualWeights_IsDice()
    {
        using var scope = NewDisposeScope();
        var (logits, labels) = Waves();

        Assert.Equal(
            Value(new(Loss.Dice), logits, labels),
            Value(new(Loss.Tversky) { TverskyAlpha = 0.5, TverskyBeta = 0.5 }, logits, labels),
            1e-12);
    }

    [Theory]
    [InlineData(Loss.CrossEntropy)]
    [InlineData(Loss.CeDice)]
    [InlineData(Loss.Focal)]
    [InlineData(Loss.Tversky)]
    [InlineData(Loss.Lovasz)]
    internal void Of_IgnoredPixels_HaveNoGradientAndOthersThatOfTheFiniteDifference(Loss loss)
    {
        using var scope = NewDisposeScope();
        var (logits, labels) = Waves();
        var options = new LossOptions(loss) { ClassWeights = Weights, LabelSmoothing = 0.1, IgnoreLabel = 3 };
        var variable = logits.clone().requires_grad_(true);
        Losses.Of(options, variable, labels).backward();
        var gradient = variable.grad!.flatten().data<double>().ToArray();

        const double Step = 1e-5;
        for (var i = 0; i < gradient.Length; i++)
        {
            var offset = zeros_like(logits);
            offset.view(-1)[i] = Step;
            var difference = Value(options, logits.add(offset), labels) - Value(options, logits.sub(offset), labels);
            Assert.Equal(difference / (2 * Step), gradient[i], 1e-6);
        }

        Assert.Equal(0, variable.grad!.mul(labels.eq(3).unsqueeze(1)).abs().max().item<double>());
    }

    [Theory]
    [InlineData(Loss.CrossEntropy)]
    [InlineData(Loss.Lovasz)]
    internal void Of_EveryPixelIgnored_IsZero(Loss loss)
    {
        using var scope = NewDisposeScope();
        var (logits, _) = Waves();
        var variable = logits.clone().requires_grad_(true);

        var value = Losses.Of(new(loss) { IgnoreLabel = 9 }, variable, full([2, 2, 3], 9, uint8));
        value.backward();

        Assert.Equal(0, value.item<double>());
        Assert.Equal(0, variable.grad!.abs().max().item<double>());
    }

    private static double Value(LossOptions options, Tensor logits, Tensor labels) =>
        Losses.Of(options, logits, labels).to(float64).item<double>();

    private static (Tensor Logits, Tensor Labels) Example()
    {
        var log3 = (float)Math.Log(3);
        return (tensor(new float[] { 0, 0, log3, 0 }).reshape(1, 2, 1, 2), tensor(new byte[] { 1, 0 }).reshape(1, 1, 2));
    }

    /// <summary>Logits 2 sin(1 + 7n + 3c + 2h + 5w) in double precision, labels (n + 2h + w) mod 4.</summary>
    private static (Tensor Logits, Tensor Labels) Waves()
    {
        var logits = new List<double>();
        var labels = new List<byte>();
        for (var n = 0; n < 2; n++)
        {
            for (var c = 0; c < 4; c++)
            {
                for (var h = 0; h < 2; h++)
                {
                    for (var w = 0; w < 3; w++)
                    {
                        logits.Add(2 * Math.Sin(1 + (7 * n) + (3 * c) + (2 * h) + (5 * w)));
                        if (c == 0)
                        {
                            labels.Add((byte)((n + (2 * h) + w) % 4));
                        }
                    }
                }
            }
        }

        return (tensor(logits.ToArray()).reshape(2, 4, 2, 3), tensor(labels.ToArray()).reshape(2, 2, 3));
    }
}
