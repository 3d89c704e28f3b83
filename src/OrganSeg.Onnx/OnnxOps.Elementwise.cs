namespace OrganSeg.Onnx;

public sealed partial class OnnxOps
{
    private const int GeluOpset = 20;

    /// <inheritdoc/>
    public OnnxValue Affine(OnnxValue x, double scale, double shift)
    {
        // A chain becomes one pair; the pair before it vanishes where nothing else uses it.
        var (origin, factor, summand) = _affine.TryGetValue(x.Name, out var inner)
            ? (inner.Origin, scale * inner.Scale, (scale * inner.Shift) + shift)
            : (x, scale, shift);
        if (Constant(origin) is { } constant)
        {
            return Graph.Constant(TensorMath.Map(constant, v => (float)((v * factor) + summand)));
        }

        var result = origin;
        result = factor == 1 ? result : Node("Mul", [result, Scalar(factor)], result.Shape);
        result = summand == 0 ? result : Node("Add", [result, Scalar(summand)], result.Shape);
        if (result != origin)
        {
            _affine[result.Name] = (origin, factor, summand);
        }

        return result;
    }

    /// <inheritdoc/>
    public OnnxValue Relu(OnnxValue x) => Unary("Relu", x, v => MathF.Max(v, 0));

    /// <inheritdoc/>
    public OnnxValue Sigmoid(OnnxValue x) => Unary("Sigmoid", x, v => (float)(1 / (1 + Math.Exp(-v))));

    /// <inheritdoc/>
    public OnnxValue Tanh(OnnxValue x) => Unary("Tanh", x, MathF.Tanh);

    /// <inheritdoc/>
    public OnnxValue Log(OnnxValue x) => Unary("Log", x, MathF.Log);

    /// <inheritdoc/>
    public OnnxValue LeakyRelu(OnnxValue x, double slope = 0.01) =>
        Unary("LeakyRelu", x, v => v < 0 ? (float)(v * slope) : v, OnnxAttribute.Of("alpha", (float)slope));

    /// <inheritdoc/>
    public OnnxValue Elu(OnnxValue x, double alpha = 1) =>
        Unary("Elu", x, v => v < 0 ? (float)(alpha * Math.Exp(v) - alpha) : v, OnnxAttribute.Of("alpha", (float)alpha));

    /// <inheritdoc/>
    public OnnxValue Silu(OnnxValue x) => Multiply(x, Sigmoid(x));

    /// <inheritdoc/>
    public OnnxValue Gelu(OnnxValue x, bool tanh = false)
    {
        if (Graph.Opset >= GeluOpset && Constant(x) is null)
        {
            return Node("Gelu", [x], x.Shape, [OnnxAttribute.Of("approximate", tanh ? "tanh" : "none")]);
        }

        // ½ x (1 + erf(x / √2)), or ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))).
        var half = Affine(x, 0.5, 0);
        if (!tanh)
        {
            var error = Unary("Erf", Affine(x, Math.Sqrt(0.5), 0), v => (float)TensorMath.Erf(v));
            return Multiply(half, Affine(error, 1, 1));
        }

        var inner = Affine(Multiply(x, x), 0.044715, 1);
        var argument = Affine(Multiply(x, inner), Math.Sqrt(2 / Math.PI), 0);
        return Multiply(half, Affine(Tanh(argument), 1, 1));
    }

    /// <inheritdoc/>
    public OnnxValue Add(OnnxValue a, OnnxValue b) => Binary("Add", a, b, (m, n) => m + n);

    /// <inheritdoc/>
    public OnnxValue Subtract(OnnxValue a, OnnxValue b) => Binary("Sub", a, b, (m, n) => m - n);

    /// <inheritdoc/>
    public OnnxValue Multiply(OnnxValue a, OnnxValue b) => Binary("Mul", a, b, (m, n) => m * n);

    /// <inheritdoc/>
    public OnnxValue Divide(OnnxValue a, OnnxValue b) => Binary("Div", a, b, (m, n) => m / n);

    private static OnnxDimension[] Broadcast(IReadOnlyList<OnnxDimension> a, IReadOnlyList<OnnxDimension> b, string operation)
    {
        var result = new OnnxDimension[Math.Max(a.Count, b.Count)];
        for (var i = 1; i <= result.Length; i++)
        {
            OnnxDimension m = i <= a.Count ? a[^i] : 1;
            OnnxDimension n = i <= b.Count ? b[^i] : 1;
            if (m.Size is { } known && n.Size is { } other && known != other && known != 1 && other != 1)
            {
                throw OrganSegException.Invalid(
                    operation, $"[{string.Join(", ", a)}] and [{string.Join(", ", b)}] do not fit each other");
            }

            // Of two that must be equal, the one about which more is known; a dimension that is free may be one.
            result[^i] = m.Size == 1 ? n : n.Size == 1 ? m : m.Size is not null ? m : n.Size is not null ? n
                : m == OnnxDimension.Unknown ? n : m;
        }

        return result;
    }

    private OnnxValue Unary(string operation, OnnxValue x, Func<float, float> compute, params OnnxAttribute[] attributes) =>
        Constant(x) is { } constant
            ? Graph.Constant(TensorMath.Map(constant, compute))
            : Node(operation, [x], x.Shape, attributes);

    private OnnxValue Binary(string operation, OnnxValue a, OnnxValue b, Func<float, float, float> compute)
    {
        var shape = Broadcast(a.Shape, b.Shape, operation);
        return Constant(a) is { } left && Constant(b) is { } right
            ? Graph.Constant(TensorMath.Combine(left, right, [.. shape.Select(d => d.Size ?? 1)], compute))
            : Node(operation, [a, b], shape);
    }
}
