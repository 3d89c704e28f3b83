namespace OrganSeg.Onnx;

public sealed partial class OnnxOps
{
    /// <inheritdoc/>
    public OnnxValue ResizeBilinear(OnnxValue x, OnnxValue like) => ResizeLike(x, like, ResizeMode.Bilinear);

    /// <inheritdoc/>
    public OnnxValue ResizeNearest(OnnxValue x, OnnxValue like) => ResizeLike(x, like, ResizeMode.Nearest);

    /// <inheritdoc/>
    public OnnxValue ResizeTo(OnnxValue x, int height, int width, ResizeMode mode) =>
        ResizeTo(x, Integers(height, width), height, width, mode);

    /// <inheritdoc/>
    public OnnxValue Resize(OnnxValue x, double scaleHeight, double scaleWidth, ResizeMode mode)
    {
        static OnnxDimension Scaled(OnnxDimension side, double scale) =>
            side.Size is { } size ? (long)Math.Floor(size * scale) : scale == 1 ? side : OnnxDimension.Unknown;

        var (height, width) = (Scaled(x.Shape[2], scaleHeight), Scaled(x.Shape[3], scaleWidth));
        var whole = double.IsInteger(scaleHeight) && double.IsInteger(scaleWidth) && RepeatsEachPixel(x, height, width);
        if (mode == ResizeMode.Nearest && height.Size is { } rows && width.Size is { } columns && !whole)
        {
            return ResizeNearestAlong(ResizeNearestAlong(x, 2, rows, 1 / scaleHeight), 3, columns, 1 / scaleWidth);
        }

        var scales = Graph.Constant(OnnxTensor.Floats([1, 1, (float)scaleHeight, (float)scaleWidth], 4));
        OnnxDimension[] shape = [x.Shape[0], x.Shape[1], height, width];
        return Node("Resize", [x, null, scales], shape, ResizeAttributes(mode));
    }

    /// <inheritdoc/>
    public OnnxValue Pad2d(
        OnnxValue x, int left, int right, int top, int bottom, PadMode mode = PadMode.Constant, double value = 0)
    {
        static OnnxDimension Padded(OnnxDimension side, int added) =>
            side.Size is { } size ? size + added : added == 0 ? side : OnnxDimension.Unknown;

        if ((left, right, top, bottom) == (0, 0, 0, 0))
        {
            return x;
        }

        List<OnnxValue?> inputs = [x, Integers(0, 0, top, left, 0, 0, bottom, right)];
        if (mode == PadMode.Constant)
        {
            inputs.Add(Graph.Constant(OnnxTensor.Floats([(float)value])));
        }

        var kind = mode switch { PadMode.Constant => "constant", PadMode.Reflect => "reflect", _ => "edge" };
        return Node(
            "Pad",
            inputs,
            [x.Shape[0], x.Shape[1], Padded(x.Shape[2], top + bottom), Padded(x.Shape[3], left + right)],
            [OnnxAttribute.Of("mode", kind)]);
    }

    private static OnnxAttribute[] ResizeAttributes(ResizeMode mode) => mode switch
    {
        ResizeMode.Nearest =>
        [
            OnnxAttribute.Of("mode", "nearest"),
            OnnxAttribute.Of("coordinate_transformation_mode", "asymmetric"),
            OnnxAttribute.Of("nearest_mode", "floor"),
        ],
        ResizeMode.Bilinear =>
            [OnnxAttribute.Of("mode", "linear"), OnnxAttribute.Of("coordinate_transformation_mode", "half_pixel")],
        _ => [OnnxAttribute.Of("mode", "linear"), OnnxAttribute.Of("coordinate_transformation_mode", "align_corners")],
    };

    private OnnxValue ResizeLike(OnnxValue x, OnnxValue like, ResizeMode mode) =>
        ResizeTo(x, ShapeOf(like, 2), like.Shape[2], like.Shape[3], mode);

    private OnnxValue ResizeTo(OnnxValue x, OnnxValue size, OnnxDimension height, OnnxDimension width, ResizeMode mode)
    {
        if (mode == ResizeMode.Nearest && height.Size is { } rows && width.Size is { } columns && !RepeatsEachPixel(x, height, width))
        {
            return ResizeNearestAlong(ResizeNearestAlong(x, 2, rows), 3, columns);
        }

        OnnxDimension[] shape = [x.Shape[0], x.Shape[1], height, width];
        if (Graph.Opset >= AxesInputOpset)
        {
            OnnxAttribute[] attributes = [.. ResizeAttributes(mode), OnnxAttribute.OfList("axes", 2, 3)];
            return Node("Resize", [x, null, null, size], shape, attributes);
        }

        return Node("Resize", [x, null, null, JoinSizes(ShapeOf(x, 0, 2), size)], shape, ResizeAttributes(mode));
    }
}
