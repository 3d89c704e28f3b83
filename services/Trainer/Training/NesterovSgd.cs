using OrganSeg.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Training;

/// <summary>
/// Gradient descent with Nesterov's momentum, as PyTorch writes it: v ← μv + g, w ← w − rate (g + μv), weight decay in g.
/// </summary>
internal sealed class NesterovSgd(
    IEnumerable<KeyValuePair<string, Parameter>> parameters, double momentum = 0.9, double weightDecay = 0)
    : GradientOptimizer(parameters, Velocity)
{
    private const string Velocity = "velocity";

    protected override void Move(string name, Parameter parameter, Tensor gradient, double learningRate)
    {
        if (weightDecay > 0)
        {
            gradient = gradient.Plus(parameter, weightDecay);
        }

        var velocity = State[$"{Velocity}.{name}"].TimesInPlace(momentum).PlusInPlace(gradient);
        using var step = gradient.Plus(velocity, momentum);
        parameter.PlusInPlace(step, -learningRate);
    }
}
