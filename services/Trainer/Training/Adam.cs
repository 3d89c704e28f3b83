using OrganSeg.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Training;

/// <summary>Adam (arXiv:1412.6980), with weight decay in the gradient or, decoupled, apart from it (arXiv:1711.05101).</summary>
internal sealed class Adam(
    IEnumerable<KeyValuePair<string, Parameter>> parameters, double weightDecay = 0, bool decoupled = false)
    : GradientOptimizer(parameters, FirstMoment, SecondMoment)
{
    private const string FirstMoment = "first";
    private const string SecondMoment = "second";
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;

    protected override void Move(string name, Parameter parameter, Tensor gradient, double learningRate)
    {
        var (first, second) = (State[$"{FirstMoment}.{name}"], State[$"{SecondMoment}.{name}"]);
        if (decoupled)
        {
            parameter.TimesInPlace(1 - (learningRate * weightDecay));
        }
        else if (weightDecay > 0)
        {
            gradient = gradient.Plus(parameter, weightDecay);
        }

        first.TimesInPlace(Beta1).PlusInPlace(gradient, 1 - Beta1);
        second.TimesInPlace(Beta2).PlusProductInPlace(gradient, gradient, 1 - Beta2);
        using var divisor = second.sqrt().TimesInPlace(1 / Math.Sqrt(1 - Math.Pow(Beta2, Steps))).PlusInPlace(Epsilon);
        parameter.PlusQuotientInPlace(first, divisor, -learningRate / (1 - Math.Pow(Beta1, Steps)));
    }
}
