using OrganSeg.Torch;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Training;

/// <summary>
/// The exponential moving average of a network's floating-point state, batch norm's statistics included. It validates and
/// is published in the network's place. Early on it follows faster, so that the first weights are forgotten:
/// decay(t) = min(decay, (1 + t) / (10 + t)). Owns its tensors.
/// </summary>
internal sealed class WeightAverage : IDisposable
{
    private readonly IReadOnlyDictionary<string, Tensor> _network;
    private readonly OrderedDictionary<string, Tensor> _state = new(StringComparer.Ordinal);
    private readonly double _decay;

    /// <param name="network">The state to follow; it stays the caller's.</param>
    /// <param name="decay">Share of the old average that stays in a step, 0…1.</param>
    public WeightAverage(IReadOnlyDictionary<string, Tensor> network, double decay)
    {
        using var _ = no_grad();
        _network = network;
        _decay = decay;
        foreach (var (name, tensor) in network)
        {
            if (is_floating_point(tensor))
            {
                _state.Add(name, tensor.detach().clone().DetachFromDisposeScope());
            }
        }
    }

    /// <summary>The averages by the network's names.</summary>
    public IReadOnlyDictionary<string, Tensor> State => _state;

    /// <summary>Follows the network after a step.</summary>
    /// <param name="steps">Steps done, this one included.</param>
    public void Update(long steps)
    {
        using var _ = no_grad();
        var decay = Math.Min(_decay, (1.0 + steps) / (10.0 + steps));
        foreach (var (name, average) in _state)
        {
            average.TimesInPlace(decay).PlusInPlace(_network[name], 1 - decay);
        }
    }

    /// <summary>Continues from saved averages.</summary>
    public void Load(IReadOnlyDictionary<string, Tensor> state)
    {
        using var _ = no_grad();
        foreach (var (name, average) in _state)
        {
            average.copy_(state.TryGetValue(name, out var saved) ? saved : throw new OrganSegException(
                ErrorKind.Corrupt, $"The checkpoint lacks the average of {name}; start the run anew."));
        }
    }

    /// <summary>Exchanges the network's weights and the averages; doing it again puts both back, to the bit.</summary>
    public void Swap()
    {
        using var _ = no_grad();
        foreach (var (name, average) in _state)
        {
            using var own = _network[name].clone();
            _network[name].copy_(average);
            average.copy_(own);
        }
    }

    public void Dispose()
    {
        foreach (var tensor in _state.Values)
        {
            tensor.Dispose();
        }
    }
}
