namespace OrganSeg.Onnx;

/// <summary>
/// Writes a network into an ONNX graph as it is in use (not in training), with parameters taken by name. Every operator
/// used here means the same in opset 17 to 21.
/// </summary>
/// <param name="graph">The graph that is written to.</param>
/// <param name="parameter">Gives the values of a parameter by its name.</param>
public sealed class OnnxOps(OnnxGraph graph, Func<string, OnnxTensor> parameter) : ITensorOps<OnnxValue>
{
    private const float BatchNormEpsilon = 1e-5f;

    /// <inheritdoc/>
    public OnnxValue Affine(OnnxValue x, double scale, double shift)
    {
        var scaled = Node("Mul", [x, Scalar(scale)], x.Shape);
        return Node("Add", [scaled, Scalar(shift)], x.Shape);
    }

    /// <inheritdoc/>
    public OnnxValue Conv2d(OnnxValue x, string name, ConvOptions options) =>
        Node(
            "Conv",
            Weights(x, name, options),
            Spatial(x, options.Channels, size =>
                Windowed(size, options.Kernel, options.Stride, options.Padding, options.Dilation)),
            ConvAttributes(options),
            name);

    /// <inheritdoc/>
    public OnnxValue ConvTranspose2d(OnnxValue x, string name, ConvOptions options) =>
        Node(
            "ConvTranspose",
            Weights(x, name, options),
            Spatial(x, options.Channels, size =>
                ((size - 1) * options.Stride) - (2 * options.Padding) + (options.Dilation * (options.Kernel - 1)) + 1),
            ConvAttributes(options),
            name);

    /// <inheritdoc/>
    public OnnxValue BatchNorm2d(OnnxValue x, string name)
    {
        OnnxValue Parameter(string suffix) => graph.AddInitializer($"{name}.{suffix}", parameter($"{name}.{suffix}"));
        return Node(
            "BatchNormalization",
            [x, Parameter("weight"), Parameter("bias"), Parameter("running_mean"), Parameter("running_var")],
            x.Shape,
            [OnnxAttribute.Of("epsilon", BatchNormEpsilon)],
            name);
    }

    /// <inheritdoc/>
    public OnnxValue Relu(OnnxValue x) => Node("Relu", [x], x.Shape);

    /// <inheritdoc/>
    public OnnxValue Sigmoid(OnnxValue x) => Node("Sigmoid", [x], x.Shape);

    /// <inheritdoc/>
    public OnnxValue Add(OnnxValue a, OnnxValue b) => Node("Add", [a, b], Broadcast(a, b));

    /// <inheritdoc/>
    public OnnxValue Multiply(OnnxValue a, OnnxValue b) => Node("Mul", [a, b], Broadcast(a, b));

    /// <inheritdoc/>
    public OnnxValue Concat(params ReadOnlySpan<OnnxValue> parts)
    {
        OnnxDimension channels = 0;
        foreach (var part in parts)
        {
            channels = channels.Size + part.Shape[1].Size is { } sum ? sum : OnnxDimension.Unknown;
        }

        var first = parts[0].Shape;
        return Node("Concat", parts.ToArray(), [first[0], channels, first[2], first[3]], [OnnxAttribute.Of("axis", 1)]);
    }

    /// <inheritdoc/>
    public OnnxValue MaxPool2d(OnnxValue x, int kernel, int stride, int padding = 0) =>
        Node(
            "MaxPool",
            [x],
            Spatial(x, x.Shape[1], size => Windowed(size, kernel, stride, padding, 1)),
            [
                OnnxAttribute.OfList("kernel_shape", kernel, kernel),
                OnnxAttribute.OfList("strides", stride, stride),
                OnnxAttribute.OfList("pads", padding, padding, padding, padding),
            ]);

    /// <inheritdoc/>
    public OnnxValue GlobalAveragePool(OnnxValue x) => Node("GlobalAveragePool", [x], [x.Shape[0], x.Shape[1], 1, 1]);

    /// <inheritdoc/>
    public OnnxValue ResizeBilinear(OnnxValue x, OnnxValue like) =>
        Resize(x, like, OnnxAttribute.Of("mode", "linear"), OnnxAttribute.Of("coordinate_transformation_mode", "half_pixel"));

    /// <inheritdoc/>
    public OnnxValue ResizeNearest(OnnxValue x, OnnxValue like) =>
        Resize(
            x,
            like,
            OnnxAttribute.Of("mode", "nearest"),
            OnnxAttribute.Of("coordinate_transformation_mode", "asymmetric"),
            OnnxAttribute.Of("nearest_mode", "floor"));

    /// <inheritdoc/>
    public OnnxValue Dropout(OnnxValue x, double p) => x;

    private OnnxValue Resize(OnnxValue x, OnnxValue like, params OnnxAttribute[] attributes)
    {
        var outer = graph.AddNode("Shape", [x], OnnxElementType.Int64, [2], [OnnxAttribute.Of("end", 2)]);
        var inner = graph.AddNode("Shape", [like], OnnxElementType.Int64, [2], [OnnxAttribute.Of("start", 2)]);
        var sizes = graph.AddNode("Concat", [outer, inner], OnnxElementType.Int64, [4], [OnnxAttribute.Of("axis", 0)]);
        return Node(
            "Resize",
            [x, null, null, sizes],
            [x.Shape[0], x.Shape[1], like.Shape[2], like.Shape[3]],
            attributes);
    }

    private static OnnxAttribute[] ConvAttributes(ConvOptions options) =>
    [
        OnnxAttribute.OfList("kernel_shape", options.Kernel, options.Kernel),
        OnnxAttribute.OfList("strides", options.Stride, options.Stride),
        OnnxAttribute.OfList("pads", options.Padding, options.Padding, options.Padding, options.Padding),
        OnnxAttribute.OfList("dilations", options.Dilation, options.Dilation),
    ];

    private static long Windowed(long size, int kernel, int stride, int padding, int dilation) =>
        ((size + (2 * padding) - (dilation * (kernel - 1)) - 1) / stride) + 1;

    /// <summary>The shape after an operation that changes height and width in the same way.</summary>
    private static OnnxDimension[] Spatial(OnnxValue x, OnnxDimension channels, Func<long, long> size)
    {
        OnnxDimension Side(OnnxDimension side) => side.Size is { } known ? size(known) : OnnxDimension.Unknown;
        return [x.Shape[0], channels, Side(x.Shape[2]), Side(x.Shape[3])];
    }

    private static OnnxDimension[] Broadcast(OnnxValue a, OnnxValue b)
    {
        // Of two that must be equal, the one about which more is known.
        static OnnxDimension Known(OnnxDimension m, OnnxDimension n) => m == OnnxDimension.Unknown ? n : m;
        return [.. a.Shape.Zip(b.Shape, (m, n) => m.Size == 1 ? n : n.Size == 1 ? m : Known(m, n))];
    }

    private List<OnnxValue?> Weights(OnnxValue x, string name, ConvOptions options)
    {
        var weight = $"{name}.weight";
        List<OnnxValue?> inputs = [x, graph.AddInitializer(weight, parameter(weight))];
        if (options.Bias)
        {
            var bias = $"{name}.bias";
            inputs.Add(graph.AddInitializer(bias, parameter(bias)));
        }

        return inputs;
    }

    private OnnxValue Scalar(double value) => graph.Constant(OnnxTensor.Floats([(float)value]));

    private OnnxValue Node(
        string operation,
        IReadOnlyList<OnnxValue?> inputs,
        IReadOnlyList<OnnxDimension> shape,
        IReadOnlyList<OnnxAttribute>? attributes = null,
        string? name = null) =>
        graph.AddNode(operation, inputs, OnnxElementType.Float, shape, attributes, name);
}
