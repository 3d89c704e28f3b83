using OrganSeg.Torch;
using OrganSeg.Trainer.Specifications;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Training;

/// <summary>Losses of logits [N, C, H, W] against class ids [N, H, W] (bytes); each is a scalar in the caller's scope.</summary>
internal static class Losses
{
    // One pixel in each sum: an organ that is neither there nor predicted costs nothing and never divides by zero.
    private const double Smoothing = 1;

    // What nll_loss takes for a pixel that does not count.
    private const long NoPixel = -100;

    /// <summary>The loss of a batch. Where every pixel is ignored it is zero.</summary>
    public static Tensor Of(LossOptions options, Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var classes = labels.to(int64);
        Tensor? valid = null;
        if (options.IgnoreLabel is { } ignored)
        {
            valid = classes.IsNot(ignored);
            classes = classes.Masked(valid.logical_not(), NoPixel);
            if (!valid.any().AsBoolean())
            {
                return logits.sum().Times(0).MoveToOuterDisposeScope();
            }
        }

        var log = logits.log_softmax(1);
        var value = options.Loss switch
        {
            Loss.CrossEntropy => CrossEntropy(options, log, classes, valid),
            Loss.CeDice => CrossEntropy(options, log, classes, valid).Plus(SoftDice(log.exp(), classes, valid)),
            Loss.Dice => SoftDice(log.exp(), classes, valid),
            Loss.Focal => Focal(options, log, classes, valid),
            Loss.Tversky => Tversky(options, log.exp(), classes, valid),
            Loss.Lovasz => LovaszSoftmax(log.exp(), classes, valid),
            _ => throw new InvalidOperationException($"{options.Loss} is not a loss."),
        };
        return value.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Weighted mean of −log p, with PyTorch's label smoothing: (1 − ε) of the true class, ε spread over all classes, and
    /// the weights of the true classes as divisor.
    /// </summary>
    private static Tensor CrossEntropy(LossOptions options, Tensor log, Tensor classes, Tensor? valid)
    {
        var weights = Weights(options, log);
        var hard = nn.functional.nll_loss(log, classes, weights);
        if (options.LabelSmoothing == 0)
        {
            return hard;
        }

        var every = weights is null ? log.sum(1) : log.mul(weights.reshape(1, -1, 1, 1)).sum(1);
        var total = weights is null ? null : weights.index_select(0, classes.AtLeast(0).flatten()).reshape(classes.shape);
        var spread = valid is null
            ? every.sum().div(total?.sum() ?? tensor((double)classes.numel(), log.dtype, log.device))
            : every.masked_select(valid).sum().div((total ?? ones_like(every)).masked_select(valid).sum());
        return hard.Times(1 - options.LabelSmoothing).Plus(spread, -options.LabelSmoothing / log.shape[1]);
    }

    /// <summary>Mean over pixels of w (1 − p)^γ (−log p), p being the true class's probability.</summary>
    private static Tensor Focal(LossOptions options, Tensor log, Tensor classes, Tensor? valid)
    {
        var index = classes.AtLeast(0);
        var own = log.gather(1, index.unsqueeze(1)).squeeze(1);
        var cost = own.exp().neg().Plus(1).Power(options.FocalGamma).mul(own).neg();
        if (Weights(options, log) is { } weights)
        {
            cost = cost.mul(weights.index_select(0, index.flatten()).reshape(index.shape));
        }

        return valid is null ? cost.mean() : cost.masked_select(valid).mean();
    }

    /// <summary>
    /// One minus the mean over organs of 2Σpg / (Σp + Σg), the sums taken over the whole batch, so that an organ missing
    /// in one slice does not decide that slice's loss.
    /// </summary>
    private static Tensor SoftDice(Tensor probabilities, Tensor classes, Tensor? valid)
    {
        var (both, predicted, truth) = OrganSums(probabilities, classes, valid);
        return both.Times(2).Plus(Smoothing).div(predicted.Plus(truth).Plus(Smoothing)).mean().neg().Plus(1);
    }

    /// <summary>One minus the mean over organs of Σpg / (Σpg + αΣp(1 − g) + βΣ(1 − p)g); α = β = ½ is soft Dice.</summary>
    private static Tensor Tversky(LossOptions options, Tensor probabilities, Tensor classes, Tensor? valid)
    {
        var (both, predicted, truth) = OrganSums(probabilities, classes, valid);
        var falsePositive = predicted.sub(both).Times(options.TverskyAlpha);
        var falseNegative = truth.sub(both).Times(options.TverskyBeta);
        var whole = both.Plus(falsePositive).Plus(falseNegative).Plus(Smoothing / 2);
        return both.Plus(Smoothing / 2).div(whole).mean().neg().Plus(1);
    }

    /// <summary>Σpg, Σp and Σg of each organ over the batch.</summary>
    private static (Tensor Both, Tensor Predicted, Tensor Truth) OrganSums(Tensor probabilities, Tensor classes, Tensor? valid)
    {
        var truth = OneHot(probabilities, classes);
        if (valid is not null)
        {
            var counted = valid.unsqueeze(1).to(probabilities.dtype);
            probabilities = probabilities.mul(counted);
            truth = truth.mul_(counted);
        }

        var organs = probabilities.shape[1] - 1;
        Tensor Sum(Tensor x) => x.sum([0, 2, 3]).narrow(0, 1, organs);
        return (Sum(probabilities.mul(truth)), Sum(probabilities), Sum(truth));
    }

    /// <summary>
    /// The mean over the classes present of the Lovász extension of the Jaccard loss: errors sorted from the greatest, each
    /// weighed by what its pixel adds to one minus IoU (algorithm 1 of arXiv:1705.08790). All pixels of the batch together.
    /// </summary>
    private static Tensor LovaszSoftmax(Tensor probabilities, Tensor classes, Tensor? valid)
    {
        var flat = probabilities.permute(1, 0, 2, 3).flatten(1);
        var truth = classes.flatten();
        if (valid is not null)
        {
            var kept = valid.flatten().nonzero().squeeze(1);
            flat = flat.index_select(1, kept);
            truth = truth.index_select(0, kept);
        }

        var costs = new List<Tensor>();
        for (var c = 0; c < flat.shape[0]; c++)
        {
            var foreground = truth.Is(c).to(flat.dtype);
            if (foreground.sum().AsDouble() == 0)
            {
                continue;
            }

            var (errors, order) = foreground.sub(flat[c]).abs().sort(0, descending: true, stable: true);
            costs.Add(errors.dot(JaccardSteps(foreground.index_select(0, order))));
        }

        return stack(costs).mean();
    }

    /// <summary>How much each pixel, taken in order, adds to one minus IoU.</summary>
    private static Tensor JaccardSteps(Tensor sortedTruth)
    {
        using var _ = no_grad();
        var total = sortedTruth.sum();
        var intersection = total.sub(sortedTruth.cumsum(0));
        var union = total.Plus(sortedTruth.neg().Plus(1).cumsum(0));
        var jaccard = intersection.div(union).neg().Plus(1);
        var steps = jaccard.clone();
        steps.narrow(0, 1, steps.shape[0] - 1).sub_(jaccard.narrow(0, 0, jaccard.shape[0] - 1));
        return steps;
    }

    private static Tensor OneHot(Tensor probabilities, Tensor classes)
    {
        using var _ = no_grad();
        var index = classes.AtLeast(0).unsqueeze(1);
        var one = ones(1, probabilities.dtype, probabilities.device);
        return zeros_like(probabilities.detach()).scatter_(1, index, one.expand(index.shape));
    }

    private static Tensor? Weights(LossOptions options, Tensor log) => options.ClassWeights is { } weights
        ? tensor(weights.ToArray(), log.dtype, log.device)
        : null;
}
