namespace OrganSeg.Onnx;

/// <summary>
/// Writes a network into an ONNX graph as it is in use (not in training), with parameters taken by name. Every operator is
/// written as the graph's operator set (17 to 21) wants it. What depends on constants alone is computed at once.
/// </summary>
public sealed partial class OnnxOps : ITensorOps<OnnxValue>
{
    private const float BatchNormEpsilon = 1e-5f;

    private readonly Func<string, OnnxTensor>? _parameter;
    private readonly OrderedDictionary<string, ParameterDeclaration> _declarations = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (OnnxValue Origin, double Scale, double Shift)> _affine = new(StringComparer.Ordinal);

    // Sizes that were asked for, by the value whose they are: several may resize to one of them.
    private readonly Dictionary<(string Value, int Start, int? End), OnnxValue> _sizes = [];

    /// <summary>Writes to a graph.</summary>
    /// <param name="graph">The graph that is written to.</param>
    /// <param name="parameter">Gives the values of a parameter by its name.</param>
    public OnnxOps(OnnxGraph graph, Func<string, OnnxTensor> parameter)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(parameter);
        Graph = graph;
        _parameter = parameter;
    }

    private OnnxOps()
    {
        Graph = new OnnxGraph("declaration", OnnxGraph.MaxOpset);
    }

    /// <summary>The graph that is written to.</summary>
    public OnnxGraph Graph { get; }

    /// <summary>The parameters and buffers that the network has used so far, in order of their first use.</summary>
    public IReadOnlyList<ParameterDeclaration> Declarations => [.. _declarations.Values];

    /// <summary>Which parameters and buffers a network has, found by running it on shapes alone.</summary>
    /// <param name="network">Runs the network on inputs that it adds to <see cref="Graph"/>.</param>
    /// <returns>The declarations, in order of first use.</returns>
    public static IReadOnlyList<ParameterDeclaration> Declare(Action<OnnxOps> network)
    {
        ArgumentNullException.ThrowIfNull(network);
        var ops = new OnnxOps();
        network(ops);
        return ops.Declarations;
    }

    /// <inheritdoc/>
    public OnnxValue Parameter(string name, params ReadOnlySpan<long> shape) =>
        Weight(new ParameterDeclaration(name, shape.ToArray(), ParameterStart.Zero));

    /// <inheritdoc/>
    public OnnxValue Conv2d(OnnxValue x, string name, ConvOptions options)
    {
        var input = Channels(x, name);
        RequireGroups(name, "input", input, options.Groups);
        RequireGroups(name, "output", options.Channels, options.Groups);
        var (kernel, stride, padding) = (options.Kernels, options.Strides, options.Paddings);
        return Node(
            "Conv",
            Weights(x, name, [options.Channels, input / options.Groups, kernel.Height, kernel.Width], options),
            [
                x.Shape[0],
                options.Channels,
                Windowed(x.Shape[2], kernel.Height, stride.Height, padding.Height, options.Dilation),
                Windowed(x.Shape[3], kernel.Width, stride.Width, padding.Width, options.Dilation),
            ],
            ConvAttributes(options),
            name);
    }

    /// <inheritdoc/>
    public OnnxValue ConvTranspose2d(OnnxValue x, string name, ConvOptions options)
    {
        var input = Channels(x, name);
        RequireGroups(name, "input", input, options.Groups);
        RequireGroups(name, "output", options.Channels, options.Groups);
        var (kernel, stride, padding) = (options.Kernels, options.Strides, options.Paddings);
        OnnxDimension Side(OnnxDimension side, int k, int s, int p) => side.Size is { } size
            ? ((size - 1) * s) - (2 * p) + (options.Dilation * (k - 1)) + options.OutputPadding + 1
            : OnnxDimension.Unknown;
        List<OnnxAttribute> attributes = [.. ConvAttributes(options)];
        if (options.OutputPadding > 0)
        {
            attributes.Add(OnnxAttribute.OfList("output_padding", options.OutputPadding, options.OutputPadding));
        }

        return Node(
            "ConvTranspose",
            Weights(x, name, [input, options.Channels / options.Groups, kernel.Height, kernel.Width], options),
            [
                x.Shape[0],
                options.Channels,
                Side(x.Shape[2], kernel.Height, stride.Height, padding.Height),
                Side(x.Shape[3], kernel.Width, stride.Width, padding.Width),
            ],
            attributes,
            name);
    }

    /// <inheritdoc/>
    public OnnxValue Dropout(OnnxValue x, double p) => x;

    private static OnnxAttribute[] ConvAttributes(ConvOptions options)
    {
        var (kernel, stride, padding) = (options.Kernels, options.Strides, options.Paddings);
        OnnxAttribute[] attributes =
        [
            OnnxAttribute.OfList("kernel_shape", kernel.Height, kernel.Width),
            OnnxAttribute.OfList("strides", stride.Height, stride.Width),
            OnnxAttribute.OfList("pads", padding.Height, padding.Width, padding.Height, padding.Width),
            OnnxAttribute.OfList("dilations", options.Dilation, options.Dilation),
        ];
        return options.Groups == 1 ? attributes : [.. attributes, OnnxAttribute.Of("group", options.Groups)];
    }

    private static OnnxDimension Windowed(OnnxDimension side, int kernel, int stride, int padding, int dilation)
    {
        var reach = dilation * (kernel - 1);
        return side.Size is { } size ? ((size + (2 * padding) - reach - 1) / stride) + 1
            : stride == 1 && reach == 2 * padding ? side
            : OnnxDimension.Unknown;
    }

    private static void RequireGroups(string name, string what, long channels, int groups)
    {
        if (groups < 1 || channels % groups != 0)
        {
            throw OrganSegException.Invalid(name, $"{channels} {what} channels are no multiple of {groups} groups");
        }
    }

    /// <summary>The channels of [N, C, …], which parameters depend on.</summary>
    private static long Channels(OnnxValue x, string name) => Known(x, 1, name);

    private static long Known(OnnxValue x, int axis, string name) =>
        axis < x.Shape.Count && x.Shape[axis].Size is { } size
            ? size
            : throw OrganSegException.Invalid(
                name, $"needs dimension {axis} of {Describe(x)} to be a known number; give the input's shape with it");

    private static string Describe(OnnxValue x) => $"[{string.Join(", ", x.Shape)}]";

    private static int Axis(OnnxValue x, int axis, string operation) =>
        axis >= -x.Shape.Count && axis < x.Shape.Count
            ? (axis + x.Shape.Count) % x.Shape.Count
            : throw OrganSegException.Invalid(operation, $"{Describe(x)} has no dimension {axis}");

    private List<OnnxValue?> Weights(OnnxValue x, string name, long[] shape, ConvOptions options)
    {
        // PyTorch takes fan-in from the second dimension, for transposed convolutions too.
        var area = shape[2] * shape[3];
        var bound = 1 / Math.Sqrt(shape[1] * area);
        var weight = options.Initialisation == ConvInitialisation.KaimingNormalFanOut
            ? new ParameterDeclaration($"{name}.weight", shape, ParameterStart.Normal, Math.Sqrt(2.0 / (shape[0] * area)))
            : new ParameterDeclaration($"{name}.weight", shape, ParameterStart.Uniform, bound);
        List<OnnxValue?> inputs = [x, Weight(weight)];
        if (options.Bias)
        {
            inputs.Add(Weight(new($"{name}.bias", [options.Channels], ParameterStart.Uniform, bound)));
        }

        return inputs;
    }

    private void Declare(ParameterDeclaration declaration)
    {
        if (_declarations.TryGetValue(declaration.Name, out var earlier)
            && !earlier.Shape.AsSpan().SequenceEqual(declaration.Shape))
        {
            throw OrganSegException.Invalid(
                declaration.Name,
                $"is used as [{string.Join(", ", earlier.Shape)}] and as [{string.Join(", ", declaration.Shape)}]");
        }

        _declarations.TryAdd(declaration.Name, declaration);
    }

    /// <summary>The values of a parameter; parameters that are used twice are stored once.</summary>
    private OnnxValue Weight(ParameterDeclaration declaration)
    {
        Declare(declaration);
        var name = declaration.Name;
        if (Graph.Values.TryGetValue(name, out var known))
        {
            return _parameter is null || Graph.Initializers.ContainsKey(name)
                ? known
                : throw OrganSegException.Invalid(name, "is the name of a parameter and of another value; give the input another name");
        }

        return _parameter is null
            ? Graph.AddInput(name, OnnxElementType.Float, [.. declaration.Shape.Select(OnnxDimension.FromInt64)])
            : Graph.AddInitializer(name, Values(declaration, _parameter));
    }

    /// <summary>A parameter in another shape or order, stored so under its name.</summary>
    private OnnxValue Weight(ParameterDeclaration declaration, Func<OnnxTensor, OnnxTensor> transform)
    {
        if (_parameter is null)
        {
            return Weight(declaration);
        }

        Declare(declaration);
        var tensor = transform(Values(declaration, _parameter));
        return Graph.Initializers.TryGetValue(declaration.Name, out var other)
            ? other.Shape.SequenceEqual(tensor.Shape) && other.Data.Span.SequenceEqual(tensor.Data.Span)
                ? Graph.Values[declaration.Name]
                : Graph.Constant(tensor)
            : Graph.AddInitializer(declaration.Name, tensor);
    }

    private static OnnxTensor Values(ParameterDeclaration declaration, Func<string, OnnxTensor> parameter)
    {
        var tensor = parameter(declaration.Name);
        return tensor.Type == OnnxElementType.Float && tensor.Shape.SequenceEqual(declaration.Shape)
            ? tensor
            : throw OrganSegException.Invalid(
                declaration.Name,
                $"is {tensor.Type} [{string.Join(", ", tensor.Shape)}]; the network needs Float "
                + $"[{string.Join(", ", declaration.Shape)}]");
    }

    private OnnxTensor? Constant(OnnxValue value) => Graph.Initializers.GetValueOrDefault(value.Name);

    private OnnxValue Scalar(double value) => Graph.Constant(OnnxTensor.Floats([(float)value]));

    private OnnxValue Integers(params ReadOnlySpan<long> values) => Graph.Constant(OnnxTensor.Int64s(values, values.Length));

    private OnnxValue Node(
        string operation,
        IReadOnlyList<OnnxValue?> inputs,
        IReadOnlyList<OnnxDimension> shape,
        IReadOnlyList<OnnxAttribute>? attributes = null,
        string? name = null) =>
        Folded(operation, inputs, shape, attributes ?? []) is { } constant
            ? Graph.Constant(constant)
            : Graph.AddNode(operation, inputs, OnnxElementType.Float, shape, attributes, name);

    /// <summary>The result of an operation on constants alone.</summary>
    private OnnxTensor? Folded(
        string operation,
        IReadOnlyList<OnnxValue?> inputs,
        IReadOnlyList<OnnxDimension> shape,
        IReadOnlyList<OnnxAttribute> attributes)
    {
        if (inputs.Any(input => input is not null && Constant(input) is null))
        {
            return null;
        }

        return ConstantFolding.Compute(
            operation,
            [.. inputs.Select(input => input is null ? null : Constant(input))],
            attributes,
            [.. shape.Select(size => size.Size ?? throw new InvalidOperationException($"{operation} of constants has a free size."))]);
    }
}
