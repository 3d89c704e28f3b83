using OrganSeg.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace OrganSeg.Torch;

public sealed partial class TorchOps
{
    /// <inheritdoc/>
    public Tensor Concat(params ReadOnlySpan<Tensor> parts) => cat(parts.ToArray(), 1);

    /// <inheritdoc/>
    public Tensor ConcatAlong(int axis, params ReadOnlySpan<Tensor> parts) => cat(parts.ToArray(), axis);

    /// <inheritdoc/>
    public Tensor Slice(Tensor x, int axis, long start, long end, long step = 1) => x.slice(axis, start, end, step);

    /// <inheritdoc/>
    public Tensor Reshape(Tensor x, params ReadOnlySpan<long> shape) => x.reshape(shape.ToArray());

    /// <inheritdoc/>
    public Tensor Flatten(Tensor x, int start = 1, int end = -1) => x.flatten(start, end);

    /// <inheritdoc/>
    public Tensor Permute(Tensor x, params ReadOnlySpan<int> axes) =>
        x.permute(Array.ConvertAll(axes.ToArray(), axis => (long)axis));

    /// <inheritdoc/>
    public Tensor Mean(Tensor x, bool keepDimensions, params ReadOnlySpan<int> axes) =>
        x.mean(Array.ConvertAll(axes.ToArray(), axis => (long)axis), keepDimensions);

    /// <inheritdoc/>
    public Tensor MaxPool2d(Tensor x, int kernel, int stride, int padding = 0) =>
        nn.functional.max_pool2d(x, [kernel, kernel], [stride, stride], [padding, padding]);

    /// <inheritdoc/>
    public Tensor AveragePool2d(Tensor x, int kernel, int stride, int padding = 0, bool countPadding = true) =>
        nn.functional.avg_pool2d(
            x, [kernel, kernel], [stride, stride], [padding, padding], count_include_pad: countPadding);

    /// <inheritdoc/>
    public Tensor AdaptiveAveragePool2d(Tensor x, int height, int width) =>
        nn.functional.adaptive_avg_pool2d(x, [height, width]);

    /// <inheritdoc/>
    public Tensor GlobalAveragePool(Tensor x) => nn.functional.adaptive_avg_pool2d(x, 1L);

    /// <inheritdoc/>
    public Tensor ResizeBilinear(Tensor x, Tensor like) => ResizeLike(x, like, ResizeMode.Bilinear);

    /// <inheritdoc/>
    public Tensor ResizeNearest(Tensor x, Tensor like) => ResizeLike(x, like, ResizeMode.Nearest);

    /// <inheritdoc/>
    public Tensor Resize(Tensor x, double scaleHeight, double scaleWidth, ResizeMode mode) =>
        nn.functional.interpolate(
            x, scale_factor: [scaleHeight, scaleWidth], mode: Interpolation(mode), align_corners: AlignCorners(mode));

    /// <inheritdoc/>
    public Tensor ResizeTo(Tensor x, int height, int width, ResizeMode mode) =>
        nn.functional.interpolate(x, [height, width], mode: Interpolation(mode), align_corners: AlignCorners(mode));

    /// <inheritdoc/>
    public Tensor Pad2d(
        Tensor x, int left, int right, int top, int bottom, PadMode mode = PadMode.Constant, double value = 0) =>
        nn.functional.pad(
            x,
            new long[] { left, right, top, bottom },
            mode switch
            {
                PadMode.Constant => PaddingModes.Constant,
                PadMode.Reflect => PaddingModes.Reflect,
                _ => PaddingModes.Replicate,
            },
            mode == PadMode.Constant ? value : 0);

    private static InterpolationMode Interpolation(ResizeMode mode) =>
        mode == ResizeMode.Nearest ? InterpolationMode.Nearest : InterpolationMode.Bilinear;

    // Nearest takes no convention.
    private static bool? AlignCorners(ResizeMode mode) =>
        mode == ResizeMode.Nearest ? null : mode == ResizeMode.BilinearAlignCorners;

    private static Tensor ResizeLike(Tensor x, Tensor like, ResizeMode mode) =>
        nn.functional.interpolate(
            x, [like.shape[2], like.shape[3]], mode: Interpolation(mode), align_corners: AlignCorners(mode));
}
