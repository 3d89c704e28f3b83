using OrganSeg.Onnx;
using OrganSeg.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Networks;

/// <summary>
/// A segmentation network that trains and predicts: the state (parameters and buffers, under PyTorch's names) of one
/// architecture. Parameters belong to the network and live until it is disposed; results belong to the caller's scope.
/// Not thread-safe.
/// </summary>
internal sealed class SegmentationNetwork : IDisposable
{
    private const string Weight = ".weight";

    private readonly Dictionary<string, Tensor> _state;
    private readonly List<Parameter> _parameters;
    private readonly TorchOps _ops;

    private SegmentationNetwork(NetworkOptions options, Dictionary<string, Tensor> state, Device device)
    {
        Options = options;
        Device = device;
        _state = state;
        _parameters = [.. state.Values.OfType<Parameter>()];
        _ops = new TorchOps(state) { Overwrite = true };
    }

    public NetworkOptions Options { get; }

    public Device Device { get; }

    /// <summary>Training (from the start) or prediction; see <see cref="TorchOps.Training"/>.</summary>
    public bool Training
    {
        get => _ops.Training;
        set => _ops.Training = value;
    }

    /// <summary>What convolutions are computed in; see <see cref="TorchOps.ComputeType"/>. Results are float32 in any case.</summary>
    public ScalarType ComputeType
    {
        get => _ops.ComputeType;
        set => _ops.ComputeType = value;
    }

    /// <summary>What dropout draws from; see <see cref="TorchOps.Generator"/>.</summary>
    public Generator? Generator
    {
        get => _ops.Generator;
        set => _ops.Generator = value;
    }

    /// <summary>What the optimiser changes.</summary>
    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>Parameters and buffers by PyTorch's names, those of batch norm's batch counters included.</summary>
    public IReadOnlyDictionary<string, Tensor> State => _state;

    /// <summary>Names of the convolutions and batch norms, in order of use.</summary>
    public IEnumerable<string> LayerNames => _state.Keys
        .Where(name => name.EndsWith(Weight, StringComparison.Ordinal))
        .Select(name => name[..^Weight.Length]);

    /// <summary>Numbers in <see cref="Parameters"/>.</summary>
    public long ParameterCount => _parameters.Sum(p => p.numel());

    /// <summary>A network with PyTorch's initialisation, drawn from <paramref name="seed"/> alone.</summary>
    /// <exception cref="OrganSegException">Invalid: the options.</exception>
    public static SegmentationNetwork Create(NetworkOptions options, ulong seed, Device? device = null)
    {
        options.Validate();
        device ??= CPU;
        using var generator = new Generator(seed, CPU);
        var state = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var declaration in ParameterOps.Declare(options))
        {
            state.Add(declaration.Name, Start(declaration, generator, device));
        }

        return new SegmentationNetwork(options, state, device);
    }

    /// <summary>Logits of grey values.</summary>
    /// <param name="grey">Bytes or floats 0…255, [N, 1, H, W], H and W multiples of 16, on any device.</param>
    /// <returns>[N, classes, H, W], in the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">The shape is another.</exception>
    public Tensor Forward(Tensor grey)
    {
        using var scope = NewDisposeScope();
        return ForwardAll(grey).Logits.MoveToOuterDisposeScope();
    }

    /// <summary>Logits, attention maps and, in training, the logits of the auxiliary head.</summary>
    /// <param name="grey">As <see cref="Forward"/> takes it.</param>
    /// <param name="observe">
    /// Gets the name and the value of each convolution and batch norm as soon as it is computed; the value is valid only
    /// during the call.
    /// </param>
    /// <returns>All in the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">The shape is another.</exception>
    public NetworkOutputs<Tensor> ForwardAll(Tensor grey, Action<string, Tensor>? observe = null)
    {
        if (grey.shape is not [_, 1, var height, var width]
            || height % SegmentationNetworks.SizeMultiple != 0
            || width % SegmentationNetworks.SizeMultiple != 0)
        {
            throw new ArgumentException(
                $"[{string.Join(", ", grey.shape)}] is not [N, 1, H, W] with multiples of {SegmentationNetworks.SizeMultiple}.",
                nameof(grey));
        }

        using var scope = NewDisposeScope();

        // Bytes travel, not floats.
        var input = grey.to(Device, non_blocking: true).to(float32);
        var ops = observe is null
            ? _ops
            : new TorchOps(_state) { Training = Training, ComputeType = ComputeType, Observe = observe };
        var outputs = SegmentationNetworks
            .Forward(ops, input, Options with { Auxiliary = Options.Auxiliary && Training })
            .Select(output => output.to(float32));
        foreach (var output in outputs.AttentionMaps.Concat(outputs.Auxiliary).Append(outputs.Logits))
        {
            output.MoveToOuterDisposeScope();
        }

        return outputs;
    }

    /// <summary>A network of the same weights on a device, which the caller disposes of.</summary>
    public SegmentationNetwork CopyTo(Device device)
    {
        using var _ = no_grad();
        var state = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, own) in _state)
        {
            using var scope = NewDisposeScope();
            var copy = own.detach().to(device, copy: true);
            state.Add(name, (own is Parameter ? new Parameter(copy) : copy).DetachFromDisposeScope());
        }

        return new SegmentationNetwork(Options, state, device) { Training = Training };
    }

    /// <summary>Replaces the whole state, converting floating types to float32.</summary>
    /// <exception cref="OrganSegException">
    /// Invalid, with a violation for each name that is missing, unknown or of another shape or type; nothing is
    /// changed then.
    /// </exception>
    public void LoadState(IReadOnlyDictionary<string, Tensor> state)
    {
        StateCheck.ThrowIfWrong(Options, Forms(_state), Forms(state));
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (var (name, own) in _state)
        {
            if (state.TryGetValue(name, out var given))
            {
                own.copy_(given);
            }
        }
    }

    public void Dispose()
    {
        foreach (var tensor in _state.Values)
        {
            tensor.Dispose();
        }
    }

    private static Dictionary<string, StateForm> Forms(IReadOnlyDictionary<string, Tensor> state) => state.ToDictionary(
        pair => pair.Key,
        pair => new StateForm(pair.Value.dtype.ToString(), torch.is_floating_point(pair.Value), pair.Value.shape),
        StringComparer.Ordinal);

    private static Tensor Start(ParameterDeclaration declaration, Generator generator, Device device)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var shape = declaration.Shape;
        var value = declaration.Start switch
        {
            ParameterStart.Uniform => empty(shape, float32).uniform_(-declaration.Scale, declaration.Scale, generator),
            ParameterStart.Normal => empty(shape, float32).normal_(0, declaration.Scale, generator),
            ParameterStart.One or ParameterStart.Variance => ones(shape, float32),
            ParameterStart.Counter => zeros(shape, int64),
            _ => zeros(shape, float32),
        };
        value = value.to(device);
        if (shape.Length == 4)
        {
            value = ChannelsLast(value);
        }

        var result = declaration.Learned ? new Parameter(value) : value;
        result.DetachFromDisposeScope();
        return result;
    }

    /// <summary>The same values with channels innermost in memory, which convolutions on processors prefer.</summary>
    private static Tensor ChannelsLast(Tensor x) => x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
}
