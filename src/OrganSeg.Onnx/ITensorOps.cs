namespace OrganSeg.Onnx;

/// <summary>
/// The operations that networks are written in. A network is one function over this interface; it is run to declare its
/// parameters, to compute (on TorchSharp, in OrganSeg.Torch) and to be exported (<see cref="OnnxOps"/>), so that none of
/// the three can drift from the others. Images are [N, C, H, W].
/// Parameters are named as PyTorch names them: <c>name.weight</c>, <c>name.bias</c>, <c>name.running_mean</c>, ….
/// </summary>
/// <typeparam name="T">The value that flows through the network.</typeparam>
public interface ITensorOps<T>
{
    /// <summary>scale · x + shift with constants.</summary>
    T Affine(T x, double scale, double shift);

    /// <summary>Convolution; the weight is [out, in, k, k].</summary>
    T Conv2d(T x, string name, ConvOptions options);

    /// <summary>Transposed convolution; the weight is [in, out, k, k].</summary>
    T ConvTranspose2d(T x, string name, ConvOptions options);

    /// <summary>Batch normalisation over N, H and W with ε = 1e-5 and momentum 0.1.</summary>
    T BatchNorm2d(T x, string name);

    /// <summary>max(x, 0). May overwrite <paramref name="x"/>, which must not be used again.</summary>
    T Relu(T x);

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    T Sigmoid(T x);

    /// <summary>Element by element; a dimension of one is repeated.</summary>
    T Add(T a, T b);

    /// <summary>Element by element; a dimension of one is repeated.</summary>
    T Multiply(T a, T b);

    /// <summary>Joins along the channels.</summary>
    T Concat(params ReadOnlySpan<T> parts);

    /// <summary>Maximum over square windows; the padding is never the maximum.</summary>
    T MaxPool2d(T x, int kernel, int stride, int padding = 0);

    /// <summary>Mean over height and width: [N, C, 1, 1].</summary>
    T GlobalAveragePool(T x);

    /// <summary>Bilinear resize to the height and width of <paramref name="like"/>, corners not aligned.</summary>
    T ResizeBilinear(T x, T like);

    /// <summary>Nearest-neighbour resize to the height and width of <paramref name="like"/>, whole multiples of its own.</summary>
    T ResizeNearest(T x, T like);

    /// <summary>Sets elements to zero with probability <paramref name="p"/> while training, and nothing otherwise.</summary>
    T Dropout(T x, double p);

    /// <summary>A parameter of the network's own, such as a scale or a position embedding; it starts as zeros.</summary>
    T Parameter(string name, params ReadOnlySpan<long> shape);

    /// <summary>a − b, element by element; a dimension of one is repeated.</summary>
    T Subtract(T a, T b);

    /// <summary>a / b, element by element; a dimension of one is repeated.</summary>
    T Divide(T a, T b);

    /// <summary>Product of the matrices in the last two dimensions; the dimensions before them are repeated as needed.</summary>
    T MatMul(T a, T b);

    /// <summary>x · Wᵀ + b over the last dimension; the weight is [features, in].</summary>
    T Linear(T x, string name, int features, bool bias = true);

    /// <summary>x where positive, slope · x elsewhere.</summary>
    T LeakyRelu(T x, double slope = 0.01);

    /// <summary>x where positive, alpha · (eˣ − 1) elsewhere.</summary>
    T Elu(T x, double alpha = 1);

    /// <summary>x · Φ(x) with the normal distribution Φ, or its approximation by tanh (arXiv:1606.08415).</summary>
    T Gelu(T x, bool tanh = false);

    /// <summary>x · sigmoid(x).</summary>
    T Silu(T x);

    /// <summary>Hyperbolic tangent.</summary>
    T Tanh(T x);

    /// <summary>Natural logarithm of positive numbers.</summary>
    T Log(T x);

    /// <summary>eˣ over its sum along <paramref name="axis"/>, which may count from the end.</summary>
    T Softmax(T x, int axis);

    /// <summary>Normalises each group of channels of [N, C, …] by itself (arXiv:1803.08494); scale and shift by channel.</summary>
    T GroupNorm(T x, string name, int groups, double epsilon = 1e-5);

    /// <summary>Normalises over the last <paramref name="dimensions"/> dimensions (arXiv:1607.06450).</summary>
    T LayerNorm(T x, string name, int dimensions = 1, double epsilon = 1e-5);

    /// <summary>Normalises each channel of each image by itself; with <paramref name="name"/>, scale and shift follow.</summary>
    T InstanceNorm2d(T x, string? name = null, double epsilon = 1e-5);

    /// <summary>Mean over square windows; the zeros of the padding count where <paramref name="countPadding"/>.</summary>
    T AveragePool2d(T x, int kernel, int stride, int padding = 0, bool countPadding = true);

    /// <summary>Mean over windows chosen so that the result has the given size; the input's size must be fixed.</summary>
    T AdaptiveAveragePool2d(T x, int height, int width);

    /// <summary>Mean over <paramref name="axes"/>, which may count from the end; over all where none is given.</summary>
    T Mean(T x, bool keepDimensions, params ReadOnlySpan<int> axes);

    /// <summary>Resize of height and width by factors; sizes are rounded down.</summary>
    T Resize(T x, double scaleHeight, double scaleWidth, ResizeMode mode);

    /// <summary>Resize to a height and width.</summary>
    T ResizeTo(T x, int height, int width, ResizeMode mode);

    /// <summary>Adds pixels at the four sides.</summary>
    T Pad2d(T x, int left, int right, int top, int bottom, PadMode mode = PadMode.Constant, double value = 0);

    /// <summary>
    /// Elements <paramref name="start"/> up to and without <paramref name="end"/> along an axis; negative places count from
    /// the end, and places beyond it mean it.
    /// </summary>
    T Slice(T x, int axis, long start, long end, long step = 1);

    /// <summary>The same elements in another shape; one dimension may be −1 and follows from the others.</summary>
    T Reshape(T x, params ReadOnlySpan<long> shape);

    /// <summary>Makes one dimension of those from <paramref name="start"/> to <paramref name="end"/>, both included.</summary>
    T Flatten(T x, int start = 1, int end = -1);

    /// <summary>Dimension i of the result is dimension axes[i] of <paramref name="x"/>.</summary>
    T Permute(T x, params ReadOnlySpan<int> axes);

    /// <summary>Joins along <paramref name="axis"/>, which may count from the end.</summary>
    T ConcatAlong(int axis, params ReadOnlySpan<T> parts);
}
