using OrganSeg.Trainer.Specifications;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Training;

/// <summary>Losses of logits [N, C, H, W] against class ids [N, H, W] (bytes); each is a scalar in the caller's scope.</summary>
internal static class Losses
{
    // One pixel in each sum: an organ that is neither there nor predicted costs nothing and never divides by zero.
    private const double Smoothing = 1;

    public static Tensor Of(Loss loss, Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var classes = labels.to(int64);
        var log = logits.log_softmax(1);
        var value = nn.functional.nll_loss(log, classes);
        if (loss == Loss.CeDice)
        {
            value = value.add(SoftDice(log.exp(), classes));
        }

        return value.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// One minus the mean over organs of 2Σpg / (Σp + Σg), the sums taken over the whole batch, so that an organ missing
    /// in one slice does not decide that slice's loss.
    /// </summary>
    private static Tensor SoftDice(Tensor probabilities, Tensor classes)
    {
        using var scope = NewDisposeScope();
        var index = classes.unsqueeze(1);
        var one = ones(1, probabilities.dtype, probabilities.device);
        var truth = zeros_like(probabilities.detach()).scatter_(1, index, one.expand(index.shape));
        var organs = probabilities.shape[1] - 1;
        var both = probabilities.mul(truth).sum([0, 2, 3]).narrow(0, 1, organs);
        var either = probabilities.add(truth).sum([0, 2, 3]).narrow(0, 1, organs);
        var dice = both.mul(2).add(Smoothing).div(either.add(Smoothing)).mean();
        return dice.neg().add(1).MoveToOuterDisposeScope();
    }
}
