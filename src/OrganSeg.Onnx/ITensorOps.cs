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
}
