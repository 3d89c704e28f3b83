namespace OrganSeg.Onnx;

public sealed partial class OnnxOps
{
    /// <summary>
    /// Where each place of a result comes from: ⌊place · step⌋ in single precision, as PyTorch computes it, which passes over
    /// the step where the size stays or doubles. ONNX divides by the inverse of the step, and rounding makes that another
    /// pixel at some sizes.
    /// </summary>
    private static long[] NearestPlaces(long from, long to, float step)
    {
        var places = new long[to];
        for (var i = 0; i < places.Length; i++)
        {
            places[i] = to == from ? i : to == 2 * from ? i / 2 : Math.Min((long)MathF.Floor(i * step), from - 1);
        }

        return places;
    }

    /// <summary>
    /// Whether both sides grow by whole factors and PyTorch repeats each pixel as often. Then Resize cannot differ, and stays,
    /// since it has integer kernels.
    /// </summary>
    private static bool RepeatsEachPixel(OnnxValue x, OnnxDimension height, OnnxDimension width)
    {
        return Repeats(x.Shape[2], height) && Repeats(x.Shape[3], width);

        static bool Repeats(OnnxDimension side, OnnxDimension wanted) =>
            side.Size is { } from && wanted.Size is { } to && to % from == 0
            && NearestPlaces(from, to, (float)from / to).Index().All(place => place.Item == place.Index / (to / from));
    }

    /// <summary>Nearest resize along one axis to a size that is known.</summary>
    private OnnxValue ResizeNearestAlong(OnnxValue x, int axis, long to, double? step = null)
    {
        OnnxDimension[] shape = [.. x.Shape];
        shape[axis] = to;
        OnnxValue places;
        if (x.Shape[axis].Size is { } from)
        {
            if (from == to)
            {
                return x;
            }

            places = Integers(NearestPlaces(from, to, step is { } given ? (float)given : (float)from / to));
        }
        else
        {
            places = NearestPlaces(x, axis, to);
        }

        return Node("Gather", [x, places], shape, [OnnxAttribute.Of("axis", axis)]);
    }

    /// <summary>The same places, computed in the graph from a size that is free.</summary>
    private OnnxValue NearestPlaces(OnnxValue x, int axis, long to)
    {
        OnnxDimension[] one = [1], all = [to];
        var from = ShapeOf(x, axis, axis + 1);
        var size = Node("Cast", [from], one, [OnnxAttribute.Of("to", (long)OnnxElementType.Float)]);
        var step = Node("Div", [size, Scalar(to)], one);
        var numbers = Graph.Constant(OnnxTensor.Floats([.. Enumerable.Range(0, (int)to).Select(i => (float)i)], to));
        var floor = Node("Floor", [Node("Mul", [numbers, step], all)], all);
        var places = Graph.AddNode("Cast", [floor], OnnxElementType.Int64, all, [OnnxAttribute.Of("to", (long)OnnxElementType.Int64)]);
        var last = Graph.AddNode("Sub", [from, Integers(1)], OnnxElementType.Int64, one);
        return Graph.AddNode("Min", [places, last], OnnxElementType.Int64, all);
    }
}
