using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Training;

/// <summary>
/// Adam (arXiv:1412.6980) with PyTorch's arithmetic. Written here because the moments have to be saved by parameter name
/// and restored to the bit, which TorchSharp's optimisers do not offer. Owns its moments.
/// </summary>
internal sealed class Adam : IDisposable
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;

    private readonly IReadOnlyList<(string Name, Parameter Parameter, Tensor First, Tensor Second)> _slots;

    /// <param name="parameters">What to change, by the names under which the moments are saved.</param>
    public Adam(IEnumerable<KeyValuePair<string, Parameter>> parameters)
    {
        using var _ = no_grad();
        _slots =
        [
            .. parameters.Select(p => (
                p.Key, p.Value, zeros_like(p.Value).DetachFromDisposeScope(), zeros_like(p.Value).DetachFromDisposeScope())),
        ];
    }

    /// <summary>Steps done.</summary>
    public long Steps { get; private set; }

    /// <summary>The moments by name: <c>first.</c> and <c>second.</c> before the parameter's.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State =>
        _slots.SelectMany(slot => new KeyValuePair<string, Tensor>[]
        {
            new($"first.{slot.Name}", slot.First), new($"second.{slot.Name}", slot.Second),
        });

    /// <summary>Continues from saved moments.</summary>
    public void Load(IReadOnlyDictionary<string, Tensor> state, long steps)
    {
        using var _ = no_grad();
        foreach (var (name, own) in State)
        {
            own.copy_(state.TryGetValue(name, out var saved) ? saved : throw new OrganSegException(
                ErrorKind.Corrupt, $"The checkpoint lacks {name}; start the run anew."));
        }

        Steps = steps;
    }

    /// <summary>Moves every parameter that has a gradient.</summary>
    public void Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Steps++;
        var rate = learningRate / (1 - Math.Pow(Beta1, Steps));
        var correction = Math.Sqrt(1 - Math.Pow(Beta2, Steps));
        foreach (var (name, parameter, first, second) in _slots)
        {
            if (parameter.grad is not { } gradient)
            {
                continue;
            }

            first.mul_(Beta1).add_(gradient, 1 - Beta1);
            second.mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
            using var divisor = second.sqrt().div_(correction).add_(Epsilon);
            parameter.addcdiv_(first, divisor, -rate);
        }
    }

    /// <summary>Forgets the gradients before the next backward pass.</summary>
    public void ClearGradients()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (var slot in _slots)
        {
            slot.Parameter.grad?.zero_();
        }
    }

    /// <summary>Euclidean norm of all gradients together.</summary>
    public double GradientNorm()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return Math.Sqrt(_slots.Sum(slot => slot.Parameter.grad is { } gradient
            ? Math.Pow(gradient.norm().ToSingle(), 2)
            : 0));
    }

    public void Dispose()
    {
        foreach (var slot in _slots)
        {
            slot.First.Dispose();
            slot.Second.Dispose();
        }
    }
}
