using OrganSeg.Onnx;

namespace OrganSeg.Trainer.Networks;

/// <summary>The same operations with a prefix before the names of all parameters, for a network that is part of another.</summary>
/// <param name="inner">What does the work.</param>
/// <param name="prefix">What names begin with.</param>
internal sealed class PrefixedOps<T>(ITensorOps<T> inner, string prefix) : ITensorOps<T>
{
    public T Affine(T x, double scale, double shift) => inner.Affine(x, scale, shift);

    public T Conv2d(T x, string name, ConvOptions options) => inner.Conv2d(x, Named(name), options);

    public T ConvTranspose2d(T x, string name, ConvOptions options) => inner.ConvTranspose2d(x, Named(name), options);

    public T BatchNorm2d(T x, string name) => inner.BatchNorm2d(x, Named(name));

    public T Relu(T x) => inner.Relu(x);

    public T Sigmoid(T x) => inner.Sigmoid(x);

    public T Add(T a, T b) => inner.Add(a, b);

    public T Multiply(T a, T b) => inner.Multiply(a, b);

    public T Concat(params ReadOnlySpan<T> parts) => inner.Concat(parts);

    public T MaxPool2d(T x, int kernel, int stride, int padding = 0) => inner.MaxPool2d(x, kernel, stride, padding);

    public T GlobalAveragePool(T x) => inner.GlobalAveragePool(x);

    public T ResizeBilinear(T x, T like) => inner.ResizeBilinear(x, like);

    public T ResizeNearest(T x, T like) => inner.ResizeNearest(x, like);

    public T Dropout(T x, double p) => inner.Dropout(x, p);

    public T Parameter(string name, params ReadOnlySpan<long> shape) => inner.Parameter(Named(name), shape);

    public T Subtract(T a, T b) => inner.Subtract(a, b);

    public T Divide(T a, T b) => inner.Divide(a, b);

    public T MatMul(T a, T b) => inner.MatMul(a, b);

    public T Linear(T x, string name, int features, bool bias = true) => inner.Linear(x, Named(name), features, bias);

    public T LeakyRelu(T x, double slope = 0.01) => inner.LeakyRelu(x, slope);

    public T Elu(T x, double alpha = 1) => inner.Elu(x, alpha);

    public T Gelu(T x, bool tanh = false) => inner.Gelu(x, tanh);

    public T Silu(T x) => inner.Silu(x);

    public T Tanh(T x) => inner.Tanh(x);

    public T Log(T x) => inner.Log(x);

    public T Softmax(T x, int axis) => inner.Softmax(x, axis);

    public T GroupNorm(T x, string name, int groups, double epsilon = 1e-5) =>
        inner.GroupNorm(x, Named(name), groups, epsilon);

    public T LayerNorm(T x, string name, int dimensions = 1, double epsilon = 1e-5) =>
        inner.LayerNorm(x, Named(name), dimensions, epsilon);

    public T InstanceNorm2d(T x, string? name = null, double epsilon = 1e-5) =>
        inner.InstanceNorm2d(x, Named(name), epsilon);

    public T AveragePool2d(T x, int kernel, int stride, int padding = 0, bool countPadding = true) =>
        inner.AveragePool2d(x, kernel, stride, padding, countPadding);

    public T AdaptiveAveragePool2d(T x, int height, int width) => inner.AdaptiveAveragePool2d(x, height, width);

    public T Mean(T x, bool keepDimensions, params ReadOnlySpan<int> axes) => inner.Mean(x, keepDimensions, axes);

    public T Resize(T x, double scaleHeight, double scaleWidth, ResizeMode mode) =>
        inner.Resize(x, scaleHeight, scaleWidth, mode);

    public T ResizeTo(T x, int height, int width, ResizeMode mode) => inner.ResizeTo(x, height, width, mode);

    public T Pad2d(T x, int left, int right, int top, int bottom, PadMode mode = PadMode.Constant, double value = 0) =>
        inner.Pad2d(x, left, right, top, bottom, mode, value);

    public T Slice(T x, int axis, long start, long end, long step = 1) => inner.Slice(x, axis, start, end, step);

    public T Reshape(T x, params ReadOnlySpan<long> shape) => inner.Reshape(x, shape);

    public T Flatten(T x, int start = 1, int end = -1) => inner.Flatten(x, start, end);

    public T Permute(T x, params ReadOnlySpan<int> axes) => inner.Permute(x, axes);

    public T ConcatAlong(int axis, params ReadOnlySpan<T> parts) => inner.ConcatAlong(axis, parts);

    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(name))]
    private string? Named(string? name) => name is null ? null : prefix + name;
}
