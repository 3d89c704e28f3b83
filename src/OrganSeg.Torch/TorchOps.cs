using OrganSeg.Onnx;
using static TorchSharp.torch;

namespace OrganSeg.Torch;

/// <summary>Computes a network eagerly on TorchSharp tensors, with parameters and buffers looked up by name.</summary>
/// <param name="state">Parameters and buffers by name; they stay the caller's.</param>
public sealed class TorchOps(IReadOnlyDictionary<string, Tensor> state) : ITensorOps<Tensor>
{
    private const double BatchNormMomentum = 0.1;
    private const double BatchNormEpsilon = 1e-5;

    /// <summary>Whether batch norm uses and tracks the batch's statistics, and dropout drops.</summary>
    public bool Training { get; set; } = true;

    /// <summary>
    /// What dropout draws from, on the device of the values; it stays the caller's. Null: torch's own generator, which
    /// every thread of the process draws from.
    /// </summary>
    public Generator? Generator { get; set; }

    /// <summary>
    /// Gets the name and the result of each convolution and batch norm as soon as it is computed; the operation that
    /// follows may overwrite the result.
    /// </summary>
    public Action<string, Tensor>? Observe { get; init; }

    /// <inheritdoc/>
    public Tensor Affine(Tensor x, double scale, double shift) => x.Times(scale).PlusInPlace(shift);

    /// <inheritdoc/>
    public Tensor Conv2d(Tensor x, string name, ConvOptions options) =>
        Observed(name, nn.functional.conv2d(
            x,
            state[$"{name}.weight"],
            options.Bias ? state[$"{name}.bias"] : null,
            [options.Stride, options.Stride],
            [options.Padding, options.Padding],
            [options.Dilation, options.Dilation]));

    /// <inheritdoc/>
    public Tensor ConvTranspose2d(Tensor x, string name, ConvOptions options) =>
        Observed(name, nn.functional.conv_transpose2d(
            x,
            state[$"{name}.weight"],
            options.Bias ? state[$"{name}.bias"] : null,
            [options.Stride, options.Stride],
            [options.Padding, options.Padding],
            [0, 0],
            [options.Dilation, options.Dilation]));

    /// <inheritdoc/>
    public Tensor BatchNorm2d(Tensor x, string name)
    {
        // A single value has no variance: torch would put NaN into the running variance, so it is normalised as in use.
        var track = Training && x.shape[0] * x.shape[2] * x.shape[3] > 1;
        if (track)
        {
            using var _ = no_grad();
            state[$"{name}.num_batches_tracked"].PlusInPlace(1L);
        }

        return Observed(name, nn.functional.batch_norm(
            x,
            state[$"{name}.running_mean"],
            state[$"{name}.running_var"],
            state[$"{name}.weight"],
            state[$"{name}.bias"],
            track,
            BatchNormMomentum,
            BatchNormEpsilon));
    }

    /// <inheritdoc/>
    public Tensor Relu(Tensor x) => x.relu_();

    /// <inheritdoc/>
    public Tensor Sigmoid(Tensor x) => x.sigmoid();

    /// <inheritdoc/>
    public Tensor Add(Tensor a, Tensor b) => a.add(b);

    /// <inheritdoc/>
    public Tensor Multiply(Tensor a, Tensor b) => a.mul(b);

    /// <inheritdoc/>
    public Tensor Concat(params ReadOnlySpan<Tensor> parts) => cat(parts.ToArray(), 1);

    /// <inheritdoc/>
    public Tensor MaxPool2d(Tensor x, int kernel, int stride, int padding = 0) =>
        nn.functional.max_pool2d(x, [kernel, kernel], [stride, stride], [padding, padding]);

    /// <inheritdoc/>
    public Tensor GlobalAveragePool(Tensor x) => nn.functional.adaptive_avg_pool2d(x, 1L);

    /// <inheritdoc/>
    public Tensor ResizeBilinear(Tensor x, Tensor like) =>
        nn.functional.interpolate(
            x, [like.shape[2], like.shape[3]], mode: InterpolationMode.Bilinear, align_corners: false);

    /// <inheritdoc/>
    public Tensor ResizeNearest(Tensor x, Tensor like) =>
        nn.functional.interpolate(x, [like.shape[2], like.shape[3]], mode: InterpolationMode.Nearest);

    /// <inheritdoc/>
    public Tensor Dropout(Tensor x, double p)
    {
        if (!Training || p == 0 || Generator is null)
        {
            return nn.functional.dropout(x, p, Training);
        }

        using var kept = empty_like(x).bernoulli_(1 - p, Generator).TimesInPlace(1 / (1 - p));
        return x.mul(kept);
    }

    private Tensor Observed(string name, Tensor result)
    {
        Observe?.Invoke(name, result);
        return result;
    }
}
