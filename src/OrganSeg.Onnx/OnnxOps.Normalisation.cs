namespace OrganSeg.Onnx;

public sealed partial class OnnxOps
{
    private const int GroupNormOpset = 21;

    /// <inheritdoc/>
    public OnnxValue BatchNorm2d(OnnxValue x, string name)
    {
        var channels = Channels(x, name);
        OnnxValue Vector(string suffix, ParameterStart start) => Weight(new($"{name}.{suffix}", [channels], start));
        var result = Node(
            "BatchNormalization",
            [
                x,
                Vector("weight", ParameterStart.One),
                Vector("bias", ParameterStart.Zero),
                Vector("running_mean", ParameterStart.Mean),
                Vector("running_var", ParameterStart.Variance),
            ],
            x.Shape,
            [OnnxAttribute.Of("epsilon", BatchNormEpsilon)],
            name);
        Declare(new ParameterDeclaration($"{name}.num_batches_tracked", [], ParameterStart.Counter));
        return result;
    }

    /// <inheritdoc/>
    public OnnxValue InstanceNorm2d(OnnxValue x, string? name = null, double epsilon = 1e-5)
    {
        var channels = Channels(x, name ?? "InstanceNorm2d");
        var scale = name is null ? Filled(1, channels) : Weight(new($"{name}.weight", [channels], ParameterStart.One));
        var shift = name is null ? Filled(0, channels) : Weight(new($"{name}.bias", [channels], ParameterStart.Zero));
        return Node(
            "InstanceNormalization", [x, scale, shift], x.Shape, [OnnxAttribute.Of("epsilon", (float)epsilon)], name);
    }

    /// <inheritdoc/>
    public OnnxValue LayerNorm(OnnxValue x, string name, int dimensions = 1, double epsilon = 1e-5)
    {
        var first = Axis(x, -dimensions, name);
        long[] shape = [.. Enumerable.Range(first, dimensions).Select(axis => Known(x, axis, name))];
        return Node(
            "LayerNormalization",
            [
                x,
                Weight(new($"{name}.weight", shape, ParameterStart.One)),
                Weight(new($"{name}.bias", shape, ParameterStart.Zero)),
            ],
            x.Shape,
            [OnnxAttribute.Of("axis", -dimensions), OnnxAttribute.Of("epsilon", (float)epsilon)],
            name);
    }

    /// <inheritdoc/>
    public OnnxValue GroupNorm(OnnxValue x, string name, int groups, double epsilon = 1e-5)
    {
        var channels = Channels(x, name);
        RequireGroups(name, "input", channels, groups);
        var weight = new ParameterDeclaration($"{name}.weight", [channels], ParameterStart.One);
        var bias = new ParameterDeclaration($"{name}.bias", [channels], ParameterStart.Zero);
        if (Graph.Opset >= GroupNormOpset)
        {
            return Node(
                "GroupNormalization",
                [x, Weight(weight), Weight(bias)],
                x.Shape,
                [OnnxAttribute.Of("num_groups", groups), OnnxAttribute.Of("epsilon", (float)epsilon)],
                name);
        }

        // Before, scale and shift were by group (18) or there was no such operator (17): each group becomes one channel.
        var sizes = x.Shape.Skip(1).Select(size => size.Size).ToArray();
        var area = sizes.Aggregate((a, b) => a * b) / groups is { } known ? known : OnnxDimension.Unknown;
        var grouped = Node("Reshape", [x, Integers(0, groups, -1)], [x.Shape[0], groups, area]);
        var normal = Node(
            "InstanceNormalization",
            [grouped, Filled(1, groups), Filled(0, groups)],
            grouped.Shape,
            [OnnxAttribute.Of("epsilon", (float)epsilon)]);
        var back = Node("Reshape", [normal, ShapeOf(x)], x.Shape);
        long[] column = [channels, .. Enumerable.Repeat(1L, x.Shape.Count - 2)];
        var scaled = Node("Mul", [back, Weight(weight, w => TensorMath.Reshape(w, column))], x.Shape);
        return Node("Add", [scaled, Weight(bias, b => TensorMath.Reshape(b, column))], x.Shape, name: name);
    }

    /// <inheritdoc/>
    public OnnxValue Softmax(OnnxValue x, int axis) =>
        Node("Softmax", [x], x.Shape, [OnnxAttribute.Of("axis", Axis(x, axis, "Softmax"))]);

    private OnnxValue Filled(float value, long count)
    {
        var values = new float[count];
        Array.Fill(values, value);
        return Graph.Constant(OnnxTensor.Floats(values, count));
    }
}
