namespace OrganSeg.Onnx;

public sealed partial class OnnxOps
{
    private const int AxesInputOpset = 18;

    /// <inheritdoc/>
    public OnnxValue MaxPool2d(OnnxValue x, int kernel, int stride, int padding = 0) =>
        Node("MaxPool", [x], Pooled(x, kernel, stride, padding), PoolAttributes(kernel, stride, padding));

    /// <inheritdoc/>
    public OnnxValue AveragePool2d(OnnxValue x, int kernel, int stride, int padding = 0, bool countPadding = true) =>
        Node(
            "AveragePool",
            [x],
            Pooled(x, kernel, stride, padding),
            [.. PoolAttributes(kernel, stride, padding), OnnxAttribute.Of("count_include_pad", countPadding ? 1 : 0)]);

    /// <inheritdoc/>
    public OnnxValue GlobalAveragePool(OnnxValue x) => Node("GlobalAveragePool", [x], [x.Shape[0], x.Shape[1], 1, 1]);

    /// <inheritdoc/>
    public OnnxValue AdaptiveAveragePool2d(OnnxValue x, int height, int width)
    {
        const string Operation = "AdaptiveAveragePool2d";
        if (height == 1 && width == 1)
        {
            return GlobalAveragePool(x);
        }

        var (rows, columns) = (Known(x, 2, Operation), Known(x, 3, Operation));
        if (rows % height == 0 && columns % width == 0)
        {
            long[] kernel = [rows / height, columns / width];
            return Node(
                "AveragePool",
                [x],
                [x.Shape[0], x.Shape[1], height, width],
                [OnnxAttribute.OfList("kernel_shape", kernel), OnnxAttribute.OfList("strides", kernel)]);
        }

        // Windows of different sizes: a mean over windows is a product with a matrix at each side.
        var down = MatMul(Graph.Constant(Windows(rows, height, transposed: false)), x);
        return MatMul(down, Graph.Constant(Windows(columns, width, transposed: true)));
    }

    /// <inheritdoc/>
    public OnnxValue Mean(OnnxValue x, bool keepDimensions, params ReadOnlySpan<int> axes)
    {
        var sorted = new SortedSet<int>();
        foreach (var axis in axes)
        {
            if (!sorted.Add(Axis(x, axis, "Mean")))
            {
                throw OrganSegException.Invalid("Mean", $"dimension {axis} is named twice");
            }
        }

        if (axes.IsEmpty)
        {
            sorted.UnionWith(Enumerable.Range(0, x.Shape.Count));
        }

        long[] reduced = [.. sorted.Select(axis => (long)axis)];
        var shape = x.Shape
            .Select((size, axis) => sorted.Contains(axis) ? (keepDimensions ? 1 : (OnnxDimension?)null) : size)
            .OfType<OnnxDimension>().ToArray();
        var keep = OnnxAttribute.Of("keepdims", keepDimensions ? 1 : 0);
        return Graph.Opset >= AxesInputOpset
            ? Node("ReduceMean", [x, Integers(reduced)], shape, [keep])
            : Node("ReduceMean", [x], shape, [OnnxAttribute.OfList("axes", reduced), keep]);
    }

    /// <summary>Window i covers ⌊i · size / count⌋ to ⌈(i + 1) · size / count⌉.</summary>
    private static OnnxTensor Windows(long size, int count, bool transposed)
    {
        var values = new float[size * count];
        for (var i = 0L; i < count; i++)
        {
            var (start, end) = (i * size / count, (((i + 1) * size) + count - 1) / count);
            for (var place = start; place < end; place++)
            {
                values[(i * size) + place] = 1f / (end - start);
            }
        }

        var matrix = OnnxTensor.Floats(values, count, size);
        return transposed ? TensorMath.Permute(matrix, [1, 0]) : matrix;
    }

    private static OnnxDimension[] Pooled(OnnxValue x, int kernel, int stride, int padding) =>
    [
        x.Shape[0],
        x.Shape[1],
        Windowed(x.Shape[2], kernel, stride, padding, 1),
        Windowed(x.Shape[3], kernel, stride, padding, 1),
    ];

    private static OnnxAttribute[] PoolAttributes(int kernel, int stride, int padding) =>
    [
        OnnxAttribute.OfList("kernel_shape", kernel, kernel),
        OnnxAttribute.OfList("strides", stride, stride),
        OnnxAttribute.OfList("pads", padding, padding, padding, padding),
    ];
}
