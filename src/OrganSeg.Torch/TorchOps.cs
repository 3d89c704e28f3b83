using OrganSeg.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace OrganSeg.Torch;

/// <summary>Computes a network eagerly on TorchSharp tensors, with parameters and buffers looked up by name.</summary>
/// <param name="state">Parameters and buffers by name; they stay the caller's.</param>
public sealed partial class TorchOps(IReadOnlyDictionary<string, Tensor> state) : ITensorOps<Tensor>
{
    private const double BatchNormMomentum = 0.1;
    private const double BatchNormEpsilon = 1e-5;

    /// <summary>Whether batch norm uses and tracks the batch's statistics, and dropout drops.</summary>
    public bool Training { get; set; } = true;

    /// <summary>
    /// Whether <see cref="Relu"/> overwrites its input, which saves memory. The network must not use that input again then.
    /// </summary>
    public bool Overwrite { get; init; }

    /// <summary>
    /// What convolutions and matrix products compute in: float32, or bfloat16 with parameters that stay float32. In bfloat16
    /// these operations convert their inputs and, at each use, their parameters, so that a parameter's gradient arrives in
    /// float32; group, layer and instance norm, softmax and logarithm compute in float32; batch norm takes either type, with
    /// float32 statistics and parameters; every other operation keeps the type of its input, and of two the wider. This is
    /// what PyTorch's autocast does. The results may be of either type.
    /// </summary>
    public ScalarType ComputeType { get; set; } = ScalarType.Float32;

    /// <summary>
    /// What dropout draws from, a generator of the processor; it stays the caller's. Null: the own generator of the values'
    /// device, which every thread of the process draws from.
    /// </summary>
    public Generator? Generator { get; set; }

    /// <summary>
    /// Gets the name and the result of each operation that has parameters of its own as soon as it is computed; the
    /// operation that follows may overwrite the result.
    /// </summary>
    public Action<string, Tensor>? Observe { get; init; }

    /// <summary>Operations on the parameters and buffers of a module, in the module's mode.</summary>
    public static TorchOps Of(nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return new TorchOps(module.state_dict()) { Training = module.training };
    }

    /// <inheritdoc/>
    public Tensor Parameter(string name, params ReadOnlySpan<long> shape)
    {
        var value = State(name);
        return shape.SequenceEqual(value.shape)
            ? value
            : throw OrganSegException.Invalid(
                name, $"is [{string.Join(", ", value.shape)}]; the network needs [{string.Join(", ", shape.ToArray())}]");
    }

    /// <inheritdoc/>
    public Tensor Affine(Tensor x, double scale, double shift) => x.Times(scale).PlusInPlace(shift);

    /// <inheritdoc/>
    public Tensor Conv2d(Tensor x, string name, ConvOptions options) =>
        Observed(name, nn.functional.conv2d(
            Narrow(x),
            Narrow(State($"{name}.weight")),
            options.Bias ? Narrow(State($"{name}.bias")) : null,
            [options.Strides.Height, options.Strides.Width],
            [options.Paddings.Height, options.Paddings.Width],
            [options.Dilation, options.Dilation],
            options.Groups));

    /// <inheritdoc/>
    public Tensor ConvTranspose2d(Tensor x, string name, ConvOptions options) =>
        Observed(name, nn.functional.conv_transpose2d(
            Narrow(x),
            Narrow(State($"{name}.weight")),
            options.Bias ? Narrow(State($"{name}.bias")) : null,
            [options.Strides.Height, options.Strides.Width],
            [options.Paddings.Height, options.Paddings.Width],
            [options.OutputPadding, options.OutputPadding],
            [options.Dilation, options.Dilation],
            options.Groups));

    /// <inheritdoc/>
    public Tensor Linear(Tensor x, string name, int features, bool bias = true) =>
        Observed(name, nn.functional.linear(
            Narrow(x), Narrow(State($"{name}.weight")), bias ? Narrow(State($"{name}.bias")) : null!));

    /// <inheritdoc/>
    public Tensor MatMul(Tensor a, Tensor b) => Narrow(a).matmul(Narrow(b));

    /// <inheritdoc/>
    public Tensor BatchNorm2d(Tensor x, string name)
    {
        // A single value has no variance: torch would put NaN into the running variance, so it is normalised as in use.
        var track = Training && x.shape[0] * x.shape[2] * x.shape[3] > 1;
        if (track)
        {
            using var _ = no_grad();
            State($"{name}.num_batches_tracked").PlusInPlace(1L);
        }

        return Observed(name, nn.functional.batch_norm(
            x,
            State($"{name}.running_mean"),
            State($"{name}.running_var"),
            State($"{name}.weight"),
            State($"{name}.bias"),
            track,
            BatchNormMomentum,
            BatchNormEpsilon));
    }

    /// <inheritdoc/>
    public Tensor GroupNorm(Tensor x, string name, int groups, double epsilon = 1e-5) =>
        Observed(name, nn.functional.group_norm(Wide(x), groups, State($"{name}.weight"), State($"{name}.bias"), epsilon));

    /// <inheritdoc/>
    public Tensor LayerNorm(Tensor x, string name, int dimensions = 1, double epsilon = 1e-5) =>
        Observed(name, nn.functional.layer_norm(
            Wide(x), x.shape[^dimensions..], State($"{name}.weight"), State($"{name}.bias"), epsilon));

    /// <inheritdoc/>
    public Tensor InstanceNorm2d(Tensor x, string? name = null, double epsilon = 1e-5) =>
        nn.functional.instance_norm(
            Wide(x),
            weight: name is null ? null : State($"{name}.weight"),
            bias: name is null ? null : State($"{name}.bias"),
            eps: epsilon);

    /// <inheritdoc/>
    public Tensor Relu(Tensor x) => Overwrite ? x.relu_() : x.relu();

    /// <inheritdoc/>
    public Tensor LeakyRelu(Tensor x, double slope = 0.01)
    {
        using var held = slope.ToScalar();
        return x.leaky_relu(held);
    }

    /// <inheritdoc/>
    public Tensor Elu(Tensor x, double alpha = 1)
    {
        using var held = alpha.ToScalar();
        using var one = 1.0.ToScalar();
        return x.elu(held, one, one);
    }

    /// <inheritdoc/>
    public Tensor Gelu(Tensor x, bool tanh = false) =>
        nn.functional.gelu(x, tanh ? TorchSharp.Modules.GELU.Approximate.tanh : TorchSharp.Modules.GELU.Approximate.none);

    /// <inheritdoc/>
    public Tensor Silu(Tensor x) => nn.functional.silu(x);

    /// <inheritdoc/>
    public Tensor Tanh(Tensor x) => x.tanh();

    /// <inheritdoc/>
    public Tensor Log(Tensor x) => Wide(x).log();

    /// <inheritdoc/>
    public Tensor Sigmoid(Tensor x) => x.sigmoid();

    /// <inheritdoc/>
    public Tensor Softmax(Tensor x, int axis) => nn.functional.softmax(Wide(x), axis);

    /// <inheritdoc/>
    public Tensor Add(Tensor a, Tensor b) => a.Plus(b);

    /// <inheritdoc/>
    public Tensor Subtract(Tensor a, Tensor b) => a.sub(b);

    /// <inheritdoc/>
    public Tensor Multiply(Tensor a, Tensor b) => a.mul(b);

    /// <inheritdoc/>
    public Tensor Divide(Tensor a, Tensor b) => a.div(b);

    /// <inheritdoc/>
    public Tensor Dropout(Tensor x, double p)
    {
        if (!Training || p == 0 || Generator is null)
        {
            return nn.functional.dropout(x, p, Training);
        }

        using var kept = empty_like(x, device: CPU).bernoulli_(1 - p, Generator).TimesInPlace(1 / (1 - p));
        return x.mul(kept.to(x.device));
    }

    private Tensor Narrow(Tensor x) => ComputeType == ScalarType.Float32 ? x : x.to(ComputeType);

    private Tensor Wide(Tensor x) => ComputeType == ScalarType.Float32 ? x : x.to(ScalarType.Float32);

    private Tensor Observed(string name, Tensor result)
    {
        Observe?.Invoke(name, result);
        return result;
    }

    private Tensor State(string name) => state.TryGetValue(name, out var value)
        ? value
        : throw OrganSegException.Invalid(name, "is used by the network and missing from its state");
}
