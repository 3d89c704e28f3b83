using OrganSeg.Torch;
using OrganSeg.Trainer.Specifications;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Training;

/// <summary>
/// Moves parameters along their gradients, with PyTorch's arithmetic. Written here because the moments have to be saved by
/// parameter name and restored to the bit, which TorchSharp's optimisers do not offer. Owns its moments.
/// </summary>
internal abstract class GradientOptimizer : IDisposable
{
    private readonly IReadOnlyList<KeyValuePair<string, Parameter>> _parameters;
    private readonly OrderedDictionary<string, Tensor> _state = new(StringComparer.Ordinal);

    /// <param name="parameters">What to change, by the names under which the moments are saved.</param>
    /// <param name="moments">Names of what is remembered of each parameter.</param>
    protected GradientOptimizer(IEnumerable<KeyValuePair<string, Parameter>> parameters, params ReadOnlySpan<string> moments)
    {
        using var _ = no_grad();
        _parameters = [.. parameters];
        foreach (var (name, parameter) in _parameters)
        {
            foreach (var moment in moments)
            {
                _state.Add($"{moment}.{name}", zeros_like(parameter).DetachFromDisposeScope());
            }
        }
    }

    /// <summary>Steps done.</summary>
    public long Steps { get; private set; }

    /// <summary>The moments by name: what is remembered, a dot, the parameter's name.</summary>
    public IReadOnlyDictionary<string, Tensor> State => _state;

    /// <summary>The optimiser that a run asks for.</summary>
    public static GradientOptimizer Create(RunSpecification spec, IEnumerable<KeyValuePair<string, Parameter>> parameters) =>
        spec.Optimizer switch
        {
            Optimizer.Sgd => new NesterovSgd(parameters, spec.Momentum, spec.WeightDecay),
            _ => new Adam(parameters, spec.WeightDecay, decoupled: spec.Optimizer == Optimizer.AdamW),
        };

    /// <summary>Continues from saved moments.</summary>
    public void Load(IReadOnlyDictionary<string, Tensor> state, long steps)
    {
        using var _ = no_grad();
        foreach (var (name, own) in _state)
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
        foreach (var (name, parameter) in _parameters)
        {
            if (parameter.grad is { } gradient)
            {
                Move(name, parameter, gradient, learningRate);
            }
        }
    }

    /// <summary>Forgets the gradients before the next backward pass.</summary>
    public void ClearGradients()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (var (name, parameter) in _parameters)
        {
            parameter.grad?.zero_();
        }
    }

    /// <summary>Euclidean norm of all gradients together.</summary>
    public double GradientNorm()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Tensor[] norms = [.. _parameters.Select(p => p.Value.grad).OfType<Tensor>().Select(gradient => gradient.norm())];
        return norms.Length == 0 ? 0 : stack(norms).norm().AsDouble();
    }

    /// <summary>Multiplies all gradients.</summary>
    public void ScaleGradients(double factor)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (var (name, parameter) in _parameters)
        {
            parameter.grad?.TimesInPlace(factor);
        }
    }

    public void Dispose()
    {
        foreach (var tensor in _state.Values)
        {
            tensor.Dispose();
        }
    }

    /// <summary>Moves one parameter; what it makes on the way is disposed of with the step.</summary>
    protected abstract void Move(string name, Parameter parameter, Tensor gradient, double learningRate);
}
